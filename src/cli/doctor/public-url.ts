import { WebSocket } from 'ws';
import type { Config } from '../../config/config.js';
import { DOCTOR_PROBE, GREEN_API_WEBHOOK } from '../../delivery/channels/green-api/settings.js';
import { connectionAdvice } from '../../connection-advice.js';
import { type Finding, problem, warning } from './finding.js';

const ABOUT = 'public url';
const TIMEOUT_MS = 5_000;
/** Webhooks contain thumbnails and contact cards. */
const LARGE_BODY_BYTES = 2 * 1024 * 1024;
const LARGE_BODY_TIMEOUT_MS = 20_000;
/** A message ID that no provider gives. */
const UNKNOWN_MESSAGE_ID = '0';

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
  const found = await Promise.all([
    checkKeys(publicUrl),
    checkWebSocket(publicUrl),
    checkLargeBody(config),
    checkCallback(config),
  ]);
  return found.flat();
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

async function checkLargeBody({ publicUrl, greenApi }: Config): Promise<Finding[]> {
  if (!greenApi.idInstance || !greenApi.webhookToken) return [];
  const probe = JSON.stringify({ typeWebhook: DOCTOR_PROBE, padding: 'x'.repeat(LARGE_BODY_BYTES) });
  const answer = await get(`${publicUrl}${GREEN_API_WEBHOOK}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${greenApi.webhookToken}` },
    body: probe,
    signal: AbortSignal.timeout(LARGE_BODY_TIMEOUT_MS),
  });
  if (typeof answer !== 'string' && answer.status === 200) return [];
  const status = typeof answer === 'string' ? 'no answer' : `HTTP ${answer.status}`;
  return [
    problem(
      ABOUT,
      `a webhook of ${LARGE_BODY_BYTES / 1024 / 1024} MB is not accepted (${status}): one with a picture would block all that follow`,
      'Raise the size of request bodies in the proxy (nginx: client_max_body_size 16m)',
    ),
  ];
}

async function checkCallback({ publicUrl, kavenegar }: Config): Promise<Finding[]> {
  if (!kavenegar.callbackSecret) return [];
  const path = '/api/webhooks/kavenegar/status/';
  const answer = await get(`${publicUrl}${path}${kavenegar.callbackSecret}?messageid=${UNKNOWN_MESSAGE_ID}&status=1`);
  if (typeof answer !== 'string' && answer.status === 200) return [];
  const status = typeof answer === 'string' ? 'no answer' : `HTTP ${answer.status}`;
  return [
    problem(
      'kavenegar',
      `its status callback ${publicUrl}${path}… is not accepted (${status})`,
      'Let the proxy pass this path on to the gateway; if the gateway runs with another KAVENEGAR_CALLBACK_SECRET, restart it with this one',
    ),
  ];
}

/** @returns the code of the error when there is no answer. */
async function get(url: string, init: RequestInit = {}): Promise<{ status: number; text: string } | string> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS), ...init });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return (error as { cause?: { code?: string } }).cause?.code ?? 'no answer';
  }
}
