import type { Config } from '../config/config.js';
import { hasCloudLogin } from '../config/sign-in-methods.js';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import type { Audit } from '../events/audit.js';
import { createChargeMessage } from '../guard/budgets/charge-message.js';
import type { GuardEvents } from '../guard/events/guard-events.js';
import type { Log } from '../log.js';
import { createChannels } from './channels/channels.js';
import { createAccountNumber } from './channels/account-number.js';
import { createGreenApi } from './channels/green-api/client.js';
import { createInstanceState } from './channels/green-api/instance-state.js';
import { loginAccountOf } from './channels/green-api/login-account.js';
import { rememberPhones } from './channels/green-api/remember-phones.js';
import { createWhatsAppCloud } from './channels/whatsapp-cloud/client.js';
import { cloudLoginAccount, createCloudAccount } from './channels/whatsapp-cloud/login-account.js';
import { createOutbox, keepSent } from './send/outbox.js';
import { makeResilient } from './send/resilient-channel.js';
import { createCodeSender } from './send/send-code.js';
import { createSendNotification } from './send/send-notification.js';
import { releaseQueued } from './log/release-queued.js';
import { createFindTemplate } from './templates/template-cache.js';

/** Creates the delivery module: the configured channels, and the senders of codes and notifications. */
export function createDelivery(deps: {
  config: Config;
  keyring: Keyring;
  database: Database;
  guardEvents: GuardEvents;
  audit: Audit;
  log: Log;
}) {
  const { config, keyring, database, guardEvents, audit, log } = deps;
  const account = createGreenApi(config.greenApi);
  const greenApi = account && rememberPhones(account);
  const release: Parameters<typeof createInstanceState>[0]['releaseQueued'] = (input) =>
    releaseQueued(input, { database });
  const stateDeps = { database, releaseQueued: release, log };
  const instanceState = account && createInstanceState({ greenApi: account, ...stateDeps });
  const { idInstance } = config.greenApi;
  const configured = config.whatsapp.number;
  const cloud = hasCloudLogin(config) ? createWhatsAppCloud(config.whatsAppCloud) : undefined;
  const loginAccount = idInstance ? loginAccountOf(idInstance, account) : cloud && cloudLoginAccount(cloud);
  const whatsAppNumber = createAccountNumber({ loginAccount, configured, database, log });
  // The first login must not wait for it.
  if (loginAccount) void whatsAppNumber.current();
  // In development only, because it contains codes and whole phone numbers.
  const outbox = config.production ? undefined : createOutbox();
  const channels = createChannels({
    config,
    greenApi,
    instanceState,
    instanceStateOf: (instance) => createInstanceState({ ...instance, ...stateDeps }),
    publicUrl: config.publicUrl,
    log,
  }).map((channel) => makeResilient(outbox ? keepSent(channel, outbox) : channel, { log }));
  const sending = {
    channels,
    config: config.delivery,
    findTemplate: createFindTemplate({ database }),
    chargeMessage: createChargeMessage({ config, database, guardEvents }),
    database,
    audit,
  };
  return {
    /** The account that answers users by WhatsApp. */
    whatsAppAccount: greenApi ?? (cloud && createCloudAccount(cloud)),
    instanceState,
    whatsAppNumber,
    outbox,
    channels,
    chargeMessage: sending.chargeMessage,
    codeSender: createCodeSender({ ...sending, keyring, guardEvents }),
    sendNotification: createSendNotification(sending),
  };
}
