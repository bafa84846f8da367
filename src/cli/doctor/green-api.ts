import type { Config } from '../../config/config.js';
import type { Failed } from '../../delivery/channels/channel.js';
import { type GreenApiAccount, readGreenApiAccount } from '../../delivery/channels/green-api/account.js';
import type { GreenApi } from '../../delivery/channels/green-api/client.js';
import { accountOf } from '../../delivery/channels/green-api/instance-state.js';
import { GREEN_API_WEBHOOK, settingsDifferences } from '../../delivery/channels/green-api/settings.js';
import { isFailed } from '../../delivery/channels/http.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { nullable, text, timestamptz } from '../../db/types.js';
import { connectionAdvice } from '../../connection-advice.js';
import { type Finding, ok, problem, warning } from './finding.js';

const ABOUT = 'green-api';
/** Number of messages. Green API sends one each half second, so a code behind them waits for 10 s. */
const LONG_QUEUE = 20;
/** A webhook is missing when its message is older than this, and newer than the last webhook by more than this. */
const WEBHOOK_MISSING_MS = 2 * 60_000;

const READ_LAST_WEBHOOK = statement({
  name: 'cli/doctor_read_last_webhook',
  sql: `SELECT webhook_at FROM provider_accounts WHERE account = :account`,
  parameters: { account: text },
  columns: { webhook_at: nullable(timestamptz) },
});

interface GreenApiCheck {
  greenApi: GreenApi;
  config: Config;
  /** Without a client, the doctor does not check whether webhooks arrive. */
  client: Queryable | undefined;
}

/** Checks the account: its state, number, settings and queue, and whether its webhooks arrive. */
export async function checkGreenApi({ greenApi, config, client }: GreenApiCheck): Promise<Finding[]> {
  const account = await readGreenApiAccount(greenApi);
  if (isFailed(account)) return [whyRefused(account)];
  return [
    checkState(account),
    ...checkNumber(account, config),
    ...checkSettings(account, config),
    ...checkQueue(account),
    ...(client ? await checkArrival(account, { greenApi, client }) : []),
  ];
}

function whyRefused({ failure, detail }: Failed): Finding {
  if (detail === 'HTTP 401')
    return problem(
      ABOUT,
      'Green API refuses the token (HTTP 401)',
      'Copy GREEN_API_TOKEN from the Green API console again; a new token there makes the old one invalid',
    );
  if (detail === 'HTTP 403')
    return problem(
      ABOUT,
      'Green API does not know the instance (HTTP 403)',
      'GREEN_API_ID_INSTANCE and GREEN_API_URL must belong to the same instance: see its page in the Green API console',
    );
  if (failure === 'account_restricted') return problem(ABOUT, detail, 'Renew the instance in the Green API console');
  if (failure === 'rate_limited')
    return problem(
      ABOUT,
      `Green API refuses further requests for now (${detail}), because a running gateway sends requests too`,
      'Try again in a few seconds',
    );
  const connection = connectionAdvice(detail, 'GREEN_API_URL');
  return connection
    ? problem(ABOUT, `no usable answer: ${connection.why}`, connection.advice)
    : problem(ABOUT, `no usable answer (${detail})`, 'Check GREEN_API_URL and that this machine can reach it');
}

function checkState({ state }: GreenApiAccount): Finding {
  switch (state) {
    case 'authorized':
      return ok(ABOUT, 'the instance is authorized');
    case 'notAuthorized':
      return problem(
        ABOUT,
        'the instance is signed out of WhatsApp',
        'Scan its QR code in the Green API console; until then codes are sent by the other channels of their route, if there are any',
      );
    case 'blocked':
    case 'suspended':
    case 'yellowCard':
      return problem(
        ABOUT,
        `WhatsApp has ${state === 'blocked' ? 'blocked' : 'suspended'} the account (${state})`,
        'Codes are sent by the other channels of their route, if there are any; the Green API console shows for how long',
      );
    default:
      return problem(
        ABOUT,
        `the instance is not ready (${state})`,
        'Wait five minutes; if it is still not ready, restart it in the Green API console',
      );
  }
}

function checkNumber({ number }: GreenApiAccount, { whatsapp }: Config): Finding[] {
  if (!number) return [];
  if (!whatsapp.number) return [ok(ABOUT, `WHATSAPP_NUMBER is not set: the gateway takes the number of the instance`)];
  return whatsapp.number === number
    ? [ok(ABOUT, 'WHATSAPP_NUMBER is the number of the instance')]
    : [
        problem(
          ABOUT,
          'WHATSAPP_NUMBER is not the number of the instance',
          'Users would write to another number, and webhooks are ignored: set it to the number in the Green API console',
        ),
      ];
}

function checkSettings({ settings, messenger }: GreenApiAccount, { publicUrl, greenApi }: Config): Finding[] {
  if (!settings) return [warning(ABOUT, 'its settings cannot be read', 'Try again in a minute')];
  if (messenger !== undefined && messenger !== 'whatsapp')
    return [
      problem(
        ABOUT,
        `the instance is of another messenger (typeInstance "${messenger}"): it sends nothing by WhatsApp`,
        'Create an instance for WhatsApp in the Green API console, and set GREEN_API_ID_INSTANCE and GREEN_API_TOKEN to those of it',
      ),
    ];
  const differences = settingsDifferences(settings, { publicUrl, token: greenApi.webhookToken });
  if (differences.length === 0) return [ok(ABOUT, 'its settings are correct')];
  return differences.map(({ name, is, wanted, why }) => {
    const shown = name === 'webhookUrlToken' ? 'GREEN_API_WEBHOOK_TOKEN' : `"${wanted}"`;
    // These settings cost traffic or a moment, but no login fails because of them.
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
          'Codes among them arrive late. If the account was signed out, clear the queue in the Green API console',
        ),
      ]
    : [];
}

/** Checks whether the webhook of the last message to the account arrived. */
async function checkArrival(
  { incomingAt }: GreenApiAccount,
  { greenApi, client }: { greenApi: GreenApi; client: Queryable },
): Promise<Finding[]> {
  const account = accountOf(greenApi.idInstance);
  const [row] = await runStatement(client, READ_LAST_WEBHOOK, { account }).catch(() => []);
  const lastWebhookAt = row?.webhook_at ?? undefined;
  // The webhook of a newer message may still be on its way.
  const lastIncomingAt = incomingAt.find((at) => Date.now() - at.getTime() > WEBHOOK_MISSING_MS);
  if (lastIncomingAt && (!lastWebhookAt || lastIncomingAt.getTime() - lastWebhookAt.getTime() > WEBHOOK_MISSING_MS))
    return [
      problem(
        'webhook',
        `a message arrived at ${lastIncomingAt.toISOString()}, but ${lastWebhookAt ? `the last webhook arrived at ${lastWebhookAt.toISOString()}` : 'no webhook has ever arrived'}`,
        `Green API cannot reach ${GREEN_API_WEBHOOK}: see the findings on its settings, and check the proxy in front of the gateway`,
      ),
    ];
  return lastWebhookAt ? [ok('webhook', `the last one arrived at ${lastWebhookAt.toISOString()}`)] : [];
}
