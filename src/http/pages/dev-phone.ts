import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Config } from '../../config/config.js';
import type { Outbox } from '../../delivery/send/outbox.js';
import type { DevPhoneSettings } from '../../web/dev-phone/settings.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';
import { createMessageStream } from './dev-phone-messages.js';
import { createSendRoute } from './dev-phone-send.js';
import type { Pages } from './pages.js';

const DEV_PHONE = '/dev/phone';

/**
 * The developer's phone, in development only: a page that shows every message of the gateway and sends WhatsApp
 * messages to it. Because it shows codes, it answers only to its own pages and only under host names of this gateway,
 * which prevents DNS rebinding.
 */
export function createDevPhone(
  config: Config,
  { outbox, pages }: { outbox: Outbox; pages: Pages },
): { routes: [path: string, handler: Handler][]; drain(): void } {
  const { hostname: publicName, origin: publicOrigin } = new URL(config.publicUrl);
  const stream = createMessageStream(outbox);
  const settings: DevPhoneSettings = { number: config.whatsapp.number ?? null };

  function refusal({ host = '', origin }: IncomingMessage['headers']): { error: string; message: string } | undefined {
    if (!isOwnName(host, publicName))
      return {
        error: 'HOST_NOT_ALLOWED',
        message: 'Open this page by localhost, an IP address, or the host of PUBLIC_URL.',
      };
    // The page must have the origin of the request itself or of PUBLIC_URL. Other applications on this machine are not
    // trusted.
    if (origin !== undefined && origin !== new URL(`http://${host}`).origin && origin !== publicOrigin)
      return { error: 'ORIGIN_NOT_ALLOWED', message: 'Only pages of this gateway can use this address.' };
    return undefined;
  }
  const guarded = (handler: Handler): Handler => {
    return (request, response) => {
      const refused = refusal(request.headers);
      return refused ? respondJson(response, 403, refused) : handler(request, response);
    };
  };

  const routes: [string, Handler][] = [
    [DEV_PHONE, pages.page('dev-phone', { settings: () => ({ settings }) })],
    [`${DEV_PHONE}/messages`, stream.handler],
    [`${DEV_PHONE}/send`, createSendRoute(config)],
  ];
  return { routes: routes.map(([path, handler]) => [path, guarded(handler)]), drain: stream.end };
}

/**
 * Whether a Host header is localhost, an IP address or the host of PUBLIC_URL. Nobody else can point these names at the
 * gateway.
 */
function isOwnName(host: string, publicName: string): boolean {
  const url = `http://${host}`;
  if (host === '' || !URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === publicName || isIP(hostname.replaceAll(/^\[|\]$/g, '')) !== 0;
}
