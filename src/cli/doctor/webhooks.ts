import type { Config } from '../../config/config.js';
import type { WebhookProbe } from '../../delivery/channels/provider.js';
import { PROVIDER_ENTRIES } from '../../delivery/channels/providers.js';
import { type Finding, problem } from './finding.js';
import { get } from './get.js';

const TIMEOUT_MS = 5_000;
/** The gateway reads the bodies of many connections in turns, so a large one can take long while it is busy. */
const LARGE_BODY_TIMEOUT_MS = 45_000;
const MEGABYTE = 1024 * 1024;

/** Sends a probe to each webhook that is configured, by the public URL, as its provider does. */
export async function checkWebhooks(config: Config): Promise<Finding[]> {
  const probes = PROVIDER_ENTRIES.flatMap(([key, provider]) => provider.probes?.(config[key], config) ?? []);
  return (await Promise.all(probes.map((probe) => checkWebhook(probe, config)))).flat();
}

async function checkWebhook(probe: WebhookProbe, { publicUrl }: Config): Promise<Finding[]> {
  const { about, name, shownPath, variable, large } = probe;
  const refused = await send(probe, { publicUrl, bytes: 0 });
  if (refused !== undefined)
    return [
      problem(
        about,
        `its ${name} ${publicUrl}${shownPath} is not accepted (${refused})`,
        `Let the proxy pass this path on to the gateway; if the gateway runs with another ${variable}, restart it with this one`,
      ),
    ];
  const tooLarge = large && (await send(probe, { publicUrl, bytes: large.bytes }));
  return large === undefined || tooLarge === undefined
    ? []
    : [
        problem(
          'public url',
          `a ${name} of ${large.bytes / MEGABYTE} MB is not accepted (${tooLarge}): ${large.consequence}`,
          'Raise the size of request bodies in the proxy (nginx: client_max_body_size 16m)',
        ),
      ];
}

/** @returns why it was not accepted; undefined when it was. */
async function send(
  { method, path, request }: WebhookProbe,
  { publicUrl, bytes }: { publicUrl: string; bytes: number },
): Promise<string | undefined> {
  const answer = await get(`${publicUrl}${path}`, {
    method,
    ...request?.('x'.repeat(bytes)),
    signal: AbortSignal.timeout(bytes > 0 ? LARGE_BODY_TIMEOUT_MS : TIMEOUT_MS),
  });
  if (typeof answer !== 'string' && answer.status === 200) return undefined;
  return typeof answer === 'string' ? 'no answer' : `HTTP ${answer.status}`;
}
