import type { Config } from '../../config/config.js';
import type { Outbox } from '../../delivery/send/outbox.js';
import type { DevPhoneSettings } from '../../web/dev-phone/settings.js';
import type { Handler } from '../server.js';
import { createMessageStream } from './dev-phone-messages.js';
import { createSendRoute } from './dev-phone-send.js';
import type { Pages } from './pages.js';

const DEV_PHONE = '/dev/phone';

/**
 * The developer's phone, in development only: a page that shows every message of the gateway and sends WhatsApp
 * messages to it. It shows codes, so `createAccessCheck` keeps pages of other origins away from it.
 */
export function createDevPhone(
  config: Config,
  { outbox, pages }: { outbox: Outbox; pages: Pages },
): { routes: [path: string, handler: Handler][]; drain(): void } {
  const stream = createMessageStream(outbox);
  const settings: DevPhoneSettings = { path: config.publicPath, number: config.whatsapp.number ?? null };

  const routes: [string, Handler][] = [
    [DEV_PHONE, pages.page('dev-phone', { settings: () => ({ settings }) })],
    [`${DEV_PHONE}/messages`, stream.handler],
    [`${DEV_PHONE}/send`, createSendRoute(config)],
  ];
  return { routes, drain: stream.end };
}
