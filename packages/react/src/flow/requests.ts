import type { DeliveryChannel, Phonegate } from '@phonegate/client';
import {
  type Failure,
  codeLogin,
  endingFrom,
  problemOf,
  problemOfRefusal,
  stripSeparators,
  whatsAppLogin,
} from './answers.js';
import type { StartedHere } from './started-here.js';
import type { StateHolder } from './state-holder.js';
import { type CodeLogin, type Problem, endingOf } from './state.js';

/** What a user can ask for. A refusal or an error is shown as the state's `problem`, and nothing that was typed is lost. */
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
}): LoginRequests & { isVerifying(): boolean } {
  const { client, state, startedHere } = deps;
  let verifying = false;

  /** One request at a time. */
  async function run(of: Problem['of'], request: () => Promise<void>): Promise<void> {
    if (state.get().busy) return;
    state.change({ busy: true, problem: undefined });
    try {
      await request();
    } catch (error) {
      state.change({ problem: problemOf(error, of) });
    } finally {
      state.change({ busy: false });
      deps.onDone();
    }
  }

  const showRefusal = (of: Problem['of'], answer: Failure) =>
    state.change({ problem: problemOfRefusal(of, answer, client.now()) });

  /** A refusal may also end the attempt. */
  function showCodeRefusal(code: CodeLogin, answer: Failure): void {
    showRefusal('code', answer);
    const ended = endingFrom(answer);
    const current = state.get().code;
    if (ended && current?.attemptId === code.attemptId) state.share({ code: { ...current, ended } });
  }

  return {
    isVerifying: () => verifying,
    requestCode: (phone, channel) =>
      run('login', async () => {
        const { code } = state.get();
        if (code && !endingOf(code, client.now()) && (await isSamePhone(code.phone, phone, client)))
          return state.share({ step: 'code' });
        state.change({ phone });
        const answer = await client.requestOtp({ phone, ...(channel ? { channel } : {}) });
        if (answer.__typename !== 'OtpRequested') return showRefusal('login', answer);
        // A code that is on its way to a mistyped number is not sent on by the next channel.
        if (code && code.maskedPhone !== answer.maskedPhone) void client.cancelLogin(code).catch(() => {});
        startedHere.add(answer.attemptId);
        state.share({ step: 'code', code: codeLogin(phone, answer) });
      }),
    resendCode: (channel) =>
      run('code', async () => {
        const { code } = state.get();
        if (!code) return;
        const { attemptId, secret } = code;
        const answer = await client.resendOtp({ attemptId, secret, ...(channel ? { channel } : {}) });
        if (answer.__typename === 'OtpRequested')
          return state.share({ code: { ...codeLogin(code.phone, answer), attempt: state.get().code?.attempt } });
        if (answer.__typename === 'RateLimited')
          state.share({ code: { ...code, resendAt: client.now() + answer.retryAfterSeconds * 1000 } });
        showCodeRefusal(code, answer);
      }),
    submitCode: (typed) =>
      run('code', async () => {
        const { code } = state.get();
        if (!code) return;
        verifying = true;
        try {
          const answer = await client.verifyOtp({ attemptId: code.attemptId, secret: code.secret, code: typed });
          if (answer.__typename !== 'Session') showCodeRefusal(code, answer);
        } finally {
          verifying = false;
        }
      }),
    startWhatsApp: () =>
      run('login', async () => {
        const { whatsapp } = state.get();
        if (whatsapp && !endingOf(whatsapp, client.now())) return state.share({ step: 'whatsapp' });
        const answer = await client.startWhatsAppLogin();
        if (answer.__typename !== 'WhatsAppLogin') return showRefusal('login', answer);
        startedHere.add(answer.attemptId);
        state.share({ step: 'whatsapp', whatsapp: whatsAppLogin(answer) });
      }),
  };
}

/** Whether two spellings are of one number: digit by digit, or else as the gateway reads them. */
async function isSamePhone(one: string, other: string, client: Pick<Phonegate, 'recognizePhone'>): Promise<boolean> {
  if (stripSeparators(one) === stripSeparators(other)) return true;
  const [first, second] = await Promise.all([one, other].map((phone) => client.recognizePhone(phone)));
  return first?.complete === true && first.international === second?.international;
}
