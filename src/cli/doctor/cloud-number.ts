import type { Config } from '../../config/config.js';
import { hasCloudLogin } from '../../config/sign-in-methods.js';
import { createWhatsAppCloud } from '../../delivery/channels/whatsapp-cloud/client.js';
import { cloudLoginAccount } from '../../delivery/channels/whatsapp-cloud/login-account.js';
import { type Finding, ok, problem } from './finding.js';

const ABOUT = 'whatsapp-cloud';

/** Checks the number to which users write, where they sign in by the Cloud API. */
export async function checkCloudNumber(config: Config): Promise<Finding[]> {
  const cloud = hasCloudLogin(config) ? createWhatsAppCloud(config.whatsAppCloud) : undefined;
  const number = cloud && (await cloudLoginAccount(cloud).readNumber?.());
  // Without an answer of Meta, the check of the account says why.
  if (number === undefined) return [];
  if (config.whatsapp.number === undefined)
    return [ok(ABOUT, 'WHATSAPP_NUMBER is not set: the gateway takes the number of the account at Meta')];
  return config.whatsapp.number === number
    ? [ok(ABOUT, 'WHATSAPP_NUMBER is the number of the account at Meta')]
    : [
        problem(
          ABOUT,
          'WHATSAPP_NUMBER is not the number of the account at Meta: users would write to another number',
          'Remove it, or set it to the number of WHATSAPP_CLOUD_PHONE_NUMBER_ID',
        ),
      ];
}
