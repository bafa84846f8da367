import type { Log } from '../../log.js';
import { type SiteverifySettings, type Verdict, siteverify } from './siteverify.js';

/** After this time the gateway asks the service again whether it answers. */
const RECHECK_MS = 30_000;

/** No widget makes such a token. A service that works refuses it. */
const PROBE = 'probe';

/** Whether the service of a captcha answers, as this instance has seen it last. */
export interface ServiceHealth {
  /** Verifies a token, and learns from the verdict. */
  verify(token: string): Promise<Verdict>;
  /** Also starts a check in the background if the last one is old, because without the service no client sends a token. */
  isUp(): boolean;
}

export function createServiceHealth(
  settings: SiteverifySettings,
  { log, now = () => performance.now() }: { log: Log; now?: () => number },
): ServiceHealth {
  let up = true;
  let checkedAt = -Infinity;

  async function verify(token: string): Promise<Verdict> {
    checkedAt = now();
    const verdict = await siteverify(token, settings);
    const { service } = settings;
    if (verdict.result === 'down' && up) log.warn({ event: 'captcha.service_down', service, reason: verdict.reason });
    if (verdict.result !== 'down' && !up) log.info({ event: 'captcha.service_up', service });
    up = verdict.result !== 'down';
    return verdict;
  }

  return {
    verify,
    isUp() {
      if (now() - checkedAt >= RECHECK_MS) void verify(PROBE);
      return up;
    },
  };
}
