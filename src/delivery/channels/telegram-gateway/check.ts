import { type Finding, ok, problem, warning } from '../../../finding.js';
import { isFailed } from '../http.js';
import { readTelegramGatewayAccount } from './account.js';
import type { TelegramGateway } from './client.js';

const ABOUT = 'telegram-gateway';

export async function checkTelegramGateway(telegram: TelegramGateway): Promise<Finding[]> {
  const account = await readTelegramGatewayAccount(telegram);
  if (!isFailed(account))
    return [
      ok(ABOUT, 'the token is accepted'),
      warning(
        ABOUT,
        'the balance is not checked, because the API shows it with a message only',
        'Run "phonegate providers send-test" with a phone of yours; messages to the number of the account are free',
      ),
    ];
  if (account.failure === 'authentication')
    return [
      problem(
        ABOUT,
        `Telegram refuses the token (${account.detail})`,
        'Copy TELEGRAM_GATEWAY_TOKEN from gateway.telegram.org again',
      ),
    ];
  return [
    problem(
      ABOUT,
      `no usable answer (${account.detail})`,
      'Check TELEGRAM_GATEWAY_URL and that this machine can reach it',
    ),
  ];
}
