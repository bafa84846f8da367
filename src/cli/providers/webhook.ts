import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../../config/config.js';
import { createGreenApi } from '../../delivery/channels/green-api/client.js';
import {
  type Difference,
  SETTINGS,
  type Settings,
  settingsDifferences,
} from '../../delivery/channels/green-api/settings.js';
import { isFailed } from '../../delivery/channels/http.js';
import { StartupError } from '../../startup-error.js';
import { isLocal } from '../../config/is-local.js';
import type { Polling } from './polling.js';

const SAVED = z.object({ saveSettings: z.literal(true) });
const TIMEOUT_MS = 10_000;
/** Green API documents that settings take effect within five minutes. */
const DEFAULT_POLLING: Polling = { forMs: 5 * 60_000, everyMs: 5_000 };

/**
 * Reads the settings of the instance that the gateway depends on, and finds the wrong ones.
 *
 * @throws StartupError when Green API refuses, or answers in an unknown form
 */
export async function readWebhookSettings(config: Config): Promise<{ settings: Settings; differences: Difference[] }> {
  const answer = await instanceOf(config).call('getSettings', undefined, AbortSignal.timeout(TIMEOUT_MS));
  if (isFailed(answer))
    throw new StartupError(`Green API refused to read the settings (${answer.detail}); see "phonegate doctor".`);
  const { data: settings } = SETTINGS.safeParse(answer.body);
  if (!settings) throw new StartupError('Green API returned its settings in an unknown form; see "phonegate doctor".');
  const ours = { publicUrl: config.publicUrl, token: config.greenApi.webhookToken };
  return { settings, differences: settingsDifferences(settings, ours) };
}

/**
 * Writes the wrong settings, and no others. Each call restarts the instance and takes effect within five minutes.
 *
 * @returns the settings that were written; empty when all were correct.
 * @throws StartupError when Green API cannot reach PUBLIC_URL, or refuses
 */
export async function writeWebhookSettings(config: Config): Promise<Difference[]> {
  if (isLocal(config.publicUrl) && !isLocal(config.greenApi.url))
    throw new StartupError(
      `PUBLIC_URL is ${config.publicUrl}, which Green API cannot reach. Set it to the public URL of the gateway.`,
    );
  const { differences } = await readWebhookSettings(config);
  if (differences.length === 0) return [];
  const changes = Object.fromEntries(differences.map(({ name, wanted }) => [name, wanted]));
  const answer = await instanceOf(config).call('setSettings', changes, AbortSignal.timeout(TIMEOUT_MS));
  if (isFailed(answer) || !SAVED.safeParse(answer.body).success)
    throw new StartupError(
      `Green API did not save the settings (${isFailed(answer) ? answer.detail : 'the answer does not confirm it'}).`,
    );
  return differences;
}

/**
 * Reads the settings until they are those that were written. The answer to setSettings does not show it: Green API
 * confirms settings that it does not keep. An answer that cannot be read is repeated, because the instance restarts.
 *
 * @returns the settings that are still wrong
 * @throws StartupError when Green API refused the last reading
 */
export async function awaitWebhookSettings(config: Config, polling: Polling = DEFAULT_POLLING): Promise<Difference[]> {
  const until = Date.now() + polling.forMs;
  for (;;) {
    await sleep(polling.everyMs);
    const isLast = Date.now() >= until;
    const read = await readWebhookSettings(config).catch((error: unknown) => {
      if (isLast || !(error instanceof StartupError)) throw error;
    });
    if (read?.differences.length === 0 || (read && isLast)) return read.differences;
  }
}

function instanceOf(config: Config) {
  const greenApi = createGreenApi(config.greenApi);
  if (!greenApi)
    throw new StartupError('Set GREEN_API_ID_INSTANCE and GREEN_API_TOKEN. The Green API console shows both.');
  return greenApi;
}

/** A setting as it is printed, without the value of a token. */
export function shownSetting({ name, is, wanted, why }: Difference): string {
  const secret = name === 'webhookUrlToken';
  return `${name}: ${secret ? (is ? '(another token)' : '(none)') : `"${is}"`} → ${secret ? '(GREEN_API_WEBHOOK_TOKEN)' : `"${wanted}"`} (${why})`;
}
