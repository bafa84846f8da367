import { z } from 'zod';
import type { CaptchaService } from '../../config/names.js';
import { parseJson } from './parse-json.js';

/** Where each service verifies solutions. developers.cloudflare.com/turnstile/get-started/server-side-validation, docs.hcaptcha.com/#verify-the-user-response-server-side */
const URLS: Record<CaptchaService, string> = {
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
  hcaptcha: 'https://api.hcaptcha.com/siteverify',
};

/** An answer takes some 100 ms. A user waits for it. */
const TIMEOUT_MS = 3_000;
const MAX_ANSWER_CHARACTERS = 10_000;

/**
 * Errors that say nothing about the token: our own key is wrong, or the service failed. No token can cause one, because a
 * client could else replace the captcha of the service by the one that the gateway makes.
 */
const NOT_THE_TOKEN = /^(missing-input-secret|invalid-input-secret|internal-error)$/;

/** Of both services. The service gets no other text. */
const TOKEN = /^[\w.~-]{1,8000}$/;

const ANSWER = z.object({
  success: z.boolean(),
  'error-codes': z.array(z.string()).optional(),
  /** Turnstile returns what the widget was given. */
  cdata: z.string().optional(),
});

/** `reason` is for the log and names no secret. */
export type Verdict =
  | { result: 'passed'; cdata: string | undefined }
  | { result: 'refused' }
  | { result: 'down'; reason: string };

export interface SiteverifySettings {
  service: CaptchaService;
  secret: string;
  /** Replaces the URL of the service. */
  verifyUrl: string | undefined;
  timeoutMs?: number;
}

/** Asks the service whether a token of its widget is a solution. Never throws. Each token passes once. */
export async function siteverify(token: string, settings: SiteverifySettings): Promise<Verdict> {
  const { service, secret, verifyUrl, timeoutMs = TIMEOUT_MS } = settings;
  if (!TOKEN.test(token)) return { result: 'refused' };
  let response: Response;
  let text: string;
  try {
    response = await fetch(verifyUrl ?? URLS[service], {
      method: 'POST',
      body: new URLSearchParams({ secret, response: token }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = (await response.text()).slice(0, MAX_ANSWER_CHARACTERS);
  } catch (error) {
    return { result: 'down', reason: (error as Error).name === 'TimeoutError' ? 'timeout' : 'no answer' };
  }
  const answer = ANSWER.safeParse(parseJson(text)).data;
  if (!answer) return { result: 'down', reason: `HTTP ${response.status}` };
  if (answer.success) return { result: 'passed', cdata: answer.cdata };
  const own = answer['error-codes']?.find((code) => NOT_THE_TOKEN.test(code));
  if (own !== undefined) return { result: 'down', reason: own };
  return response.status >= 500 ? { result: 'down', reason: `HTTP ${response.status}` } : { result: 'refused' };
}
