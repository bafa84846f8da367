import { stripAuthScheme } from '../../../config/strip-auth-scheme.js';
import { connectionAdvice } from '../../../connection-advice.js';
import { type Finding, ok, problem, warning } from '../../../finding.js';
import type { Failed } from '../channel.js';
import type { GreenApi, GreenApiSettings } from '../green-api/client.js';
import { isFailed } from '../http.js';
import { type GreenApiMaxAccount, readGreenApiMaxAccount } from './account.js';
import { WEBHOOK_OF_MAX } from './webhook.js';

const ABOUT = 'green-api-max';
/** Green API's name of MAX (green-api.com/v3/docs/api/receiving/notifications-format). */
const MAX = 'v3';

/** Checks the state of the instance, its messenger, and whether its webhook brings receipts. */
export async function checkGreenApiMax(greenApi: GreenApi, settings: GreenApiSettings): Promise<Finding[]> {
  const account = await readGreenApiMaxAccount(greenApi);
  if (isFailed(account)) return [whyRefused(account)];
  return [checkState(account), ...checkSettings(account, settings)];
}

function whyRefused({ failure, detail }: Failed): Finding {
  if (failure === 'authentication')
    return problem(
      ABOUT,
      `Green API refuses the instance or its token (${detail})`,
      'Copy GREEN_API_MAX_URL, GREEN_API_MAX_ID_INSTANCE and GREEN_API_MAX_TOKEN from the page of the instance again; the URL ends with /v3',
    );
  if (failure === 'rate_limited')
    return problem(ABOUT, `Green API refuses further requests for now (${detail})`, 'Try again in a few seconds');
  const connection = connectionAdvice(detail, 'GREEN_API_MAX_URL');
  return connection
    ? problem(ABOUT, `no usable answer: ${connection.why}`, connection.advice)
    : problem(ABOUT, `no usable answer (${detail})`, 'Check GREEN_API_MAX_URL and that this machine can reach it');
}

function checkState({ state }: GreenApiMaxAccount): Finding {
  if (state === 'authorized') return ok(ABOUT, 'the instance is authorized');
  return problem(
    ABOUT,
    `the instance does not send (${state})`,
    state === 'notAuthorized'
      ? 'Scan its QR code with MAX in the Green API console; until then codes are sent by the other channels of their route'
      : 'See the instance in the Green API console; until then codes are sent by the other channels of their route',
  );
}

function checkSettings({ settings }: GreenApiMaxAccount, { webhookToken }: GreenApiSettings): Finding[] {
  if (!settings) return [warning(ABOUT, 'its settings cannot be read', 'Try again in a minute')];
  const { typeInstance: messenger, webhookUrl, webhookUrlToken, outgoingWebhook } = settings;
  if (messenger !== undefined && messenger !== MAX)
    return [
      problem(
        ABOUT,
        `the instance is of another messenger (typeInstance "${messenger}"): it sends nothing by MAX`,
        'Create an instance for MAX in the Green API console, and set the variables GREEN_API_MAX_… to those of it',
      ),
    ];
  if (webhookToken === undefined)
    return [
      warning(
        ABOUT,
        'there are no receipts: the next channel does not send if a code does not arrive',
        'Set GREEN_API_MAX_WEBHOOK_TOKEN, and enter the webhook in the Green API console',
      ),
    ];
  const wrong = [
    ...(webhookUrl.replace(/\/$/, '').endsWith(WEBHOOK_OF_MAX)
      ? []
      : [`webhookUrl must be PUBLIC_URL${WEBHOOK_OF_MAX}`]),
    ...(stripAuthScheme(webhookUrlToken) === webhookToken
      ? []
      : ['webhookUrlToken must be GREEN_API_MAX_WEBHOOK_TOKEN']),
    ...(outgoingWebhook === 'yes' ? [] : ['outgoingWebhook must be "yes"']),
  ];
  return wrong.length === 0
    ? [ok(ABOUT, 'its settings are correct')]
    : wrong.map((one) =>
        problem(ABOUT, `its setting ${one}: receipts do not arrive`, 'Correct it in the Green API console'),
      );
}
