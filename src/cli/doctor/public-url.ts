import { WebSocket } from 'ws';
import type { Config } from '../../config/config.js';
import { connectionAdvice } from '../../connection-advice.js';
import { type Finding, problem, warning } from './finding.js';
import { get } from './get.js';
import { checkWebhooks } from './webhooks.js';

const ABOUT = 'public url';
const TIMEOUT_MS = 5_000;

/** Sends requests by the public URL, as clients, backends and providers do. Returns only what is wrong. */
export async function checkPublicUrl(config: Config): Promise<Finding[]> {
  const { publicUrl } = config;
  const live = await get(`${publicUrl}/health/live`);
  if (typeof live === 'string') {
    const { why, advice } = connectionAdvice(live, 'PUBLIC_URL') ?? {
      why: 'it does not answer',
      advice: 'Start the gateway, and check PUBLIC_URL and the proxy in front of it',
    };
    // In development the gateway may be stopped.
    const report = config.production ? problem : warning;
    return [report(ABOUT, `${publicUrl} cannot be reached: ${why}`, advice)];
  }
  if (live.status !== 200 || !/^\s*\{"status":"ok"\}\s*$/.test(live.text))
    return [
      problem(
        ABOUT,
        `another server than the gateway answers at ${publicUrl}/health/live (HTTP ${live.status})`,
        'Set PUBLIC_URL to the URL of the gateway, or let the proxy pass this URL on to it',
      ),
    ];
  const found = await Promise.all([checkKeys(publicUrl), checkWebSocket(publicUrl)]);
  // Last, because a large body uses up what one client may cost the gateway in a second.
  return [...found.flat(), ...(await checkWebhooks(config))];
}

/** Backends verify tokens with these keys. */
async function checkKeys(publicUrl: string): Promise<Finding[]> {
  const url = `${publicUrl}/.well-known/jwks.json`;
  const answer = await get(url);
  if (typeof answer !== 'string' && answer.status === 200 && /"keys"\s*:\s*\[/.test(answer.text)) return [];
  const status = typeof answer === 'string' ? 'no answer' : `HTTP ${answer.status}`;
  return [
    problem(
      ABOUT,
      `${url} does not show the keys of the gateway (${status}): backends cannot verify tokens`,
      'Let the proxy pass this path on to the gateway',
    ),
  ];
}

/** Clients wait for a sign-in on a WebSocket. Without one they use other ways, which cost more. */
async function checkWebSocket(publicUrl: string): Promise<Finding[]> {
  const url = `${publicUrl.replace(/^http/, 'ws')}/graphql`;
  const isOpen = await new Promise<boolean>((resolve) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { handshakeTimeout: TIMEOUT_MS });
    socket.on('open', () => {
      resolve(true);
      socket.close(1000);
    });
    socket.on('error', () => resolve(false));
  });
  return isOpen
    ? []
    : [
        warning(
          ABOUT,
          `${url} opens no WebSocket: clients fall back to other ways, which cost more and can be slower`,
          'Let the proxy pass on the headers Upgrade and Connection (WebSocket)',
        ),
      ];
}
