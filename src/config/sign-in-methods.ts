import type { Config } from './to-config.js';
import { configuredChannels } from './configured-channels.js';

/** Whether users can sign in with a WhatsApp message. In development they write it on the developer's phone. */
export function hasWhatsAppLogin(config: Config): boolean {
  return !config.production || config.greenApi.idInstance !== undefined || hasCloudLogin(config);
}

/** Whether users send their login message to Meta's Cloud API. With Green API, they send it there (docs/decisions/0070). */
export function hasCloudLogin({ greenApi, whatsAppCloud }: Pick<Config, 'greenApi' | 'whatsAppCloud'>): boolean {
  return greenApi.idInstance === undefined && whatsAppCloud.appSecret !== undefined;
}

/** Whether the gateway can ask a user by WhatsApp to confirm a sign-in. In development it asks on the developer's phone. */
export function hasWhatsAppConfirmation(config: Config): boolean {
  return !config.production || config.greenApi.token !== undefined || hasCloudLogin(config);
}

/** Whether users get a message about sign-ins on new devices: the operator wants it, and a channel carries any text. */
export function notifiesOfNewDevices(config: Config): boolean {
  return config.newDeviceNotice && configuredChannels(config).some(({ carriesNotifications }) => carriesNotifications);
}

/** Whether a channel for codes is configured. In development the console channel always is. */
export function hasCodeLogin(config: Config): boolean {
  return configuredChannels(config).length > 0;
}
