import { randomBytes } from 'node:crypto';
import { type Fault, applyFault, serve } from './serve.js';

/** The verification of Turnstile or hCaptcha. Widgets run in browsers, so `solve` stands for one that was solved. */
export interface CaptchaServiceSimulator {
  /** For CAPTCHA_VERIFY_URL. */
  verifyUrl: string;
  secret: string;
  /** The tokens of all calls, in order. */
  calls: string[];
  /** Applies to every call from now on. */
  fault: Fault | undefined;
  /** The token of a solved widget. `cdata` is what the page has given to the widget (Turnstile only). */
  solve(options?: { cdata?: string }): string;
  close(): Promise<void>;
}

/** Turnstile: developers.cloudflare.com/turnstile/get-started/server-side-validation. hCaptcha: docs.hcaptcha.com. */
export async function startCaptchaService(service: 'turnstile' | 'hcaptcha'): Promise<CaptchaServiceSimulator> {
  const solved = new Map<string, { cdata?: string | undefined; used: boolean }>();
  const server = await serve(async (request, body, response) => {
    const form = new URLSearchParams(body);
    simulator.calls.push(form.get('response') ?? '');
    if (await applyFault(simulator.fault, response)) return;
    const refusal = request.method === 'POST' ? refusalOf(form) : 'bad-request';
    const token = solved.get(form.get('response') ?? '');
    const answer =
      refusal === undefined
        ? { success: true, challenge_ts: new Date().toISOString(), hostname: 'localhost', ...about(token?.cdata) }
        : { success: false, 'error-codes': [refusal] };
    if (token && refusal === undefined) token.used = true;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });

  function refusalOf(form: URLSearchParams): string | undefined {
    if (form.get('secret') !== simulator.secret) return 'invalid-input-secret';
    const token = solved.get(form.get('response') ?? '');
    if (!token) return 'invalid-input-response';
    if (token.used) return service === 'turnstile' ? 'timeout-or-duplicate' : 'already-seen-response';
    return undefined;
  }

  const about = (cdata: string | undefined) =>
    service === 'turnstile' ? { action: '', cdata: cdata ?? '' } : { credit: false };

  const simulator: CaptchaServiceSimulator = {
    verifyUrl: `${server.url}/siteverify`,
    secret: '0x4AAAAAAAsimulatedSecretKey',
    calls: [],
    fault: undefined,
    solve(options = {}) {
      const token = `${service === 'turnstile' ? '0.' : 'P1_'}${randomBytes(200).toString('base64url')}`;
      solved.set(token, { cdata: options.cdata, used: false });
      return token;
    },
    close: server.close,
  };
  return simulator;
}
