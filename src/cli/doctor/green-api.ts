import type { Config } from '../../config/config.js';
import type { Failed } from '../../delivery/channels/channel.js';
import { type GreenApiAccount, readGreenApiAccount } from '../../delivery/channels/green-api/account.js';
import type { GreenApi } from '../../delivery/channels/green-api/client.js';
import { accountOf } from '../../delivery/channels/green-api/instance-state.js';
import { GREEN_API_WEBHOOK, settingsDifferences } from '../../delivery/channels/green-api/settings.js';
import { isFailed } from '../../delivery/channels/http.js';
import type { OpenedDatabase } from './database.js';
import { type Finding, ok, problem, warning } from './finding.js';

const ABOUT = 'green-api';
/** Codes wait in this line, half a second each. */
const LONG_QUEUE = 20;
/** A message that came so much later than the last webhook, and so long ago, has not been told to us. */
const UNTOLD_MS = 2 * 60_000;

export async function checkGreenApi(
  greenApi: GreenApi,
  config: Config,
  query: OpenedDatabase['query'],
): Promise<Finding[]> {
  const account = await readGreenApiAccount(greenApi);
  if (isFailed(account)) return [whyRefused(account)];
  return [
    checkState(account),
    ...checkNumber(account, config),
    ...checkSettings(account, config),
    ...checkQueue(account),
    ...(await checkArrival(account, greenApi, query)),
  ];
}

function whyRefused({ failure, detail }: Failed): Finding {
  if (detail === 'HTTP 401')
    return problem(
      ABOUT,
      'the token is refused (HTTP 401)',
      'Copy GREEN_API_TOKEN from the console again; making a new token there ends the old one',
    );
  if (detail === 'HTTP 403')
    return problem(
      ABOUT,
      'the instance is not known there (HTTP 403)',
      'GREEN_API_ID_INSTANCE and GREEN_API_URL must be those of one instance: see its page in the console',
    );
  if (failure === 'account_restricted') return problem(ABOUT, detail, 'Renew the instance in the console');
  if (failure === 'rate_limited')
    return problem(
      ABOUT,
      `it was asked too often (${detail}): a running gateway asks as well`,
      'Try again in a few seconds',
    );
  return problem(ABOUT, `no answer to be used (${detail})`, 'Check GREEN_API_URL and that this machine may reach it');
}

function checkState({ state }: GreenApiAccount): Finding {
  switch (state) {
    case 'authorized':
      return ok(ABOUT, 'the instance is authorized');
    case 'notAuthorized':
      return problem(
        ABOUT,
        'the instance is signed out of WhatsApp',
        'Scan its QR code in the console; until then codes go by the next channel',
      );
    case 'blocked':
    case 'suspended':
    case 'yellowCard':
      return problem(
        ABOUT,
        `WhatsApp has ${state === 'blocked' ? 'blocked' : 'suspended'} the account (${state})`,
        'Codes go by the next channel; see the console for how long',
      );
    default:
      return problem(
        ABOUT,
        `the instance is not ready (${state})`,
        'Wait five minutes; if it stays so, restart it in the console',
      );
  }
}

function checkNumber({ number }: GreenApiAccount, { whatsapp }: Config): Finding[] {
  if (!number) return [];
  if (!whatsapp.number)
    return [
      warning(
        ABOUT,
        'WHATSAPP_NUMBER is not set: the QR is a text, not a link that opens WhatsApp',
        'Set it to the number of the instance',
      ),
    ];
  return whatsapp.number === number
    ? [ok(ABOUT, 'WHATSAPP_NUMBER is the number of the instance')]
    : [
        problem(
          ABOUT,
          'WHATSAPP_NUMBER is not the number of the instance',
          'People would write to somebody else, and webhooks are ignored: set it to the number shown in the console',
        ),
      ];
}

function checkSettings({ settings }: GreenApiAccount, { publicUrl, greenApi }: Config): Finding[] {
  if (!settings) return [warning(ABOUT, 'its settings cannot be read', 'Try again in a minute')];
  const differences = settingsDifferences(settings, { publicUrl, token: greenApi.webhookToken });
  if (differences.length === 0) return [ok(ABOUT, 'its settings are right')];
  return differences.map(({ name, is, wanted, why }) => {
    const shown = name === 'webhookUrlToken' ? 'GREEN_API_WEBHOOK_TOKEN' : `"${wanted}"`;
    // What only costs traffic, or a moment, breaks nobody's login.
    const report = /^outgoing.*MessageWebhook$|^delay/.test(name) ? warning : problem;
    return report(
      ABOUT,
      `its setting ${name} is "${is}" instead of ${shown}: ${why}`,
      'Run: phonegate providers webhook set',
    );
  });
}

function checkQueue({ queued }: GreenApiAccount): Finding[] {
  return queued !== undefined && queued >= LONG_QUEUE
    ? [
        warning(
          ABOUT,
          `${queued} messages wait to be sent`,
          'Codes among them arrive late; what waits since the account was signed out is better cleared in the console',
        ),
      ]
    : [];
}

/** Somebody wrote to the account, and no webhook came. */
async function checkArrival(
  { incomingAt }: GreenApiAccount,
  { idInstance }: GreenApi,
  query: OpenedDatabase['query'],
): Promise<Finding[]> {
  if (!query) return [];
  const [row] = await query<{ webhook_at: Date | null }>(
    'SELECT webhook_at FROM provider_accounts WHERE account = $1',
    [accountOf(idInstance)],
  ).catch(() => []);
  const heardAt = row?.webhook_at ?? undefined;
  // Of one that came just now the webhook may be on its way.
  const lastIncomingAt = incomingAt.find((at) => Date.now() - at.getTime() > UNTOLD_MS);
  if (lastIncomingAt && (!heardAt || lastIncomingAt.getTime() - heardAt.getTime() > UNTOLD_MS))
    return [
      problem(
        'webhook',
        `a message came at ${lastIncomingAt.toISOString()}, but the last webhook ${heardAt ? `at ${heardAt.toISOString()}` : 'never'}`,
        `Green API does not reach ${GREEN_API_WEBHOOK}: see the findings on its settings, and what stands in front of the gateway`,
      ),
    ];
  return heardAt ? [ok('webhook', `the last one came at ${heardAt.toISOString()}`)] : [];
}
