import { useEffect, useState } from 'react';
import type { Phonegate, RecognizedPhone } from '@phonegate/client';

const TYPING_PAUSE_MS = 250;

/** Country and international form of a number, queried when the user pauses typing. For display only. */
export function useRecognizedPhone(
  client: Pick<Phonegate, 'recognizePhone'>,
  phone: string,
): RecognizedPhone | undefined {
  const [recognized, setRecognized] = useState<RecognizedPhone>();
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      if (phone.trim().length < 3) return setRecognized(undefined);
      client.recognizePhone(phone).then(
        (found) => wanted && setRecognized(found ?? undefined),
        () => wanted && setRecognized(undefined), // without it the form works, too
      );
    }, TYPING_PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [client, phone]);
  return recognized;
}
