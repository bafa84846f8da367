import type { DeliveryChannel, Phonegate, RecognizedPhone } from '@phonegate/client';
import { earlierChannels } from '../delivery.js';
import { type Failure, codeLogin, endingFrom, problemOfRefusal, stripSeparators, whatsAppLogin } from './answers.js';
import { createRequestRunner } from './request-runner.js';
import type { StartedHere } from './started-here.js';
import type { StateHolder } from './state-holder.js';
import { type CodeLogin, type Problem, endingOf } from './state.js';

/**
 * What a user can ask for. A refusal or an error is shown as the state's `problem`, and nothing that was typed is lost. A
 * request without a network waits for it (`waitingForNetwork`); `goTo` drops the request.
 */
export interface LoginRequests {
  /** Sends a code; shows the one that was sent before if that is still valid and for the same phone. */
  requestCode(phone: string, channel?: DeliveryChannel): Promise<void>;
  resendCode(channel?: DeliveryChannel): Promise<void>;
  submitCode(code: string): Promise<void>;
  /** Shows the QR code: the one that is still valid, or else a new one. */
  startWhatsApp(): Promise<void>;
}

export function createLoginRequests(deps: {
  client: Phonegate;
  state: StateHolder;
  startedHere: StartedHere;
  /** Called after each request. */
  onDone: () => void;
}): LoginRequests & {
  isVerifying(): boolean;
  /** The code of the attempt whose answer was lost. */
  typedCode(attemptId: string): string | undefined;
} {
  const { client, state, startedHere } = deps;
  const run = createRequestRunner(deps);
  let verifying = false;
  let submitted: { attemptId: string; code: string } | undefined;

  const showRefusal = (of: Problem['of'], answer: Failure) =>
    state.change({ problem: problemOfRefusal(of, answer, client.now()) });

  const isCurrent = ({ attemptId }: Pick<CodeLogin, 'attemptId'>) => state.get().code?.attemptId === attemptId;

  /** Changes the login by code, unless another one has replaced it meanwhile. */
  function changeCode(login: Pick<CodeLogin, 'attemptId'>, changes: Partial<CodeLogin>): void {
    const { code } = state.get();
    if (code && isCurrent(login)) state.share({ code: { ...code, ...changes } });
  }

  /** A refusal may also end the attempt. */
  function showCodeRefusal(code: CodeLogin, answer: Failure): void {
    showRefusal('code', answer);
    const ended = endingFrom(answer);
    if (ended) changeCode(code, { ended });
  }

  /** Does not delay the step. Without it the number is shown as it was typed. */
  function showInternational(attemptId: string, recognized: Promise<RecognizedPhone | null>): void {
    void recognized.then((found) => found && changeCode({ attemptId }, { international: found.international }));
  }

  return {
    isVerifying: () => verifying,
    typedCode: (attemptId) => (submitted?.attemptId === attemptId ? submitted.code : undefined),
    requestCode: (phone, channel) =>
      // Repeating it would send a second message.
      run({
        of: 'login',
        repeatable: false,
        send: async () => {
          const { code } = state.get();
          if (code && !endingOf(code, client.now()) && (await isSamePhone(code.phone, phone, client)))
            return state.share({ step: 'code' });
          state.change({ phone });
          const recognized = client.recognizePhone(phone).catch(() => null);
          const answer = await client.requestOtp({ phone, ...(channel ? { channel } : {}) });
          if (answer.__typename !== 'OtpRequested') return showRefusal('login', answer);
          // A code that is on its way to a mistyped number is not sent on by the next channel.
          if (code && !endingOf(code, client.now())) void client.cancelLogin(code).catch(() => {});
          startedHere.add(answer.attemptId);
          state.share({ step: 'code', code: codeLogin(phone, answer) });
          showInternational(answer.attemptId, recognized);
        },
      }),
    resendCode(channel) {
      const { code } = state.get();
      // Repeating it would be refused, as the message has been sent.
      return run({
        of: 'code',
        repeatable: false,
        send: async () => {
          if (!code || !isCurrent(code)) return;
          const { attemptId, secret } = code;
          const answer = await client.resendOtp({ attemptId, secret, ...(channel ? { channel } : {}) });
          if (answer.__typename === 'OtpRequested')
            return changeCode(code, { ...codeLogin(code.phone, answer), earlier: earlierChannels(code) });
          if (answer.__typename === 'RateLimited')
            changeCode(code, { resendAt: client.now() + answer.retryAfterSeconds * 1000 });
          showCodeRefusal(code, answer);
        },
      });
    },
    submitCode(typed) {
      const { code } = state.get();
      // For a minute after a lost answer, the right code gets the same session. A wrong one would cost a second try.
      return run({
        of: 'code',
        repeatable: true,
        send: async () => {
          if (!code || !isCurrent(code)) return;
          verifying = true;
          submitted = { attemptId: code.attemptId, code: typed };
          try {
            const answer = await client.verifyOtp({ attemptId: code.attemptId, secret: code.secret, code: typed });
            submitted = undefined;
            // The watcher reports the second step, and the claim follows it.
            if (answer.__typename === 'Session' || answer.__typename === 'ConfirmationRequired') return;
            showCodeRefusal(code, answer);
          } finally {
            verifying = false;
          }
        },
      });
    },
    startWhatsApp: () =>
      run({
        of: 'login',
        repeatable: true,
        send: async () => {
          const { whatsapp } = state.get();
          if (whatsapp && !endingOf(whatsapp, client.now())) return state.share({ step: 'whatsapp' });
          const answer = await client.startWhatsAppLogin();
          if (answer.__typename !== 'WhatsAppLogin') return showRefusal('login', answer);
          startedHere.add(answer.attemptId);
          state.share({ step: 'whatsapp', whatsapp: whatsAppLogin(answer) });
        },
      }),
  };
}

/** Whether two spellings are of one number: digit by digit, or else as the gateway reads them. */
async function isSamePhone(one: string, other: string, client: Pick<Phonegate, 'recognizePhone'>): Promise<boolean> {
  if (stripSeparators(one) === stripSeparators(other)) return true;
  const [first, second] = await Promise.all([one, other].map((phone) => client.recognizePhone(phone)));
  return first?.complete === true && first.international === second?.international;
}
