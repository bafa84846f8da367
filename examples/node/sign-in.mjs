// node sign-in.mjs +77010000002
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { createPhonegate } from '@phonegate/client';
import { createFileStorage } from './file-storage.mjs';

const phonegate = createPhonegate({
  url: process.env.GATEWAY_URL ?? 'http://localhost:4000',
  storage: createFileStorage('session.json'),
});

try {
  const signedIn = (await phonegate.session.restore()) ?? (await signIn(process.argv[2] ?? ''));
  console.log(`You are signed in as ${signedIn.user.phone}.`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  phonegate.session.close(); // stops the timer of the next refresh, so that the process can end
}

async function signIn(phone) {
  const attempt = await phonegate.requestOtp({ phone });
  if (attempt.__typename !== 'OtpRequested') throw new Error(`${attempt.code}: ${attempt.message}`);
  const terminal = createInterface({ input: stdin, output: stdout });
  try {
    for (;;) {
      const code = await terminal.question(`Code for ${attempt.maskedPhone}: `);
      const answer = await phonegate.verifyOtp({ ...attempt, code });
      if (answer.__typename === 'Session') return answer;
      if (answer.__typename !== 'IncorrectCode') throw new Error(`${answer.code}: ${answer.message}`);
      console.log(answer.message);
    }
  } finally {
    terminal.close();
  }
}
