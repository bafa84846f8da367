import type { Config } from '../../config/config.js';
import type { Failed } from '../../delivery/channels/channel.js';
import { isFailed } from '../../delivery/channels/http.js';
import { createCloudTemplates, readCloudTemplates } from '../../delivery/channels/whatsapp-cloud/account.js';
import { createWhatsAppCloud } from '../../delivery/channels/whatsapp-cloud/client.js';
import { TEMPLATE_LANGUAGES } from '../../delivery/channels/whatsapp-cloud/index.js';
import { StartupError } from '../../startup-error.js';

/** The template of the Cloud API in each language. @returns whether it is approved in English */
export async function showTemplates(config: Config, printLine: (line: string) => void): Promise<boolean> {
  const { cloud, businessId, template } = cloudOf(config);
  const templates = await readCloudTemplates(cloud, { businessId, template });
  if (isFailed(templates)) throw unreadable(templates);
  for (const { language, status } of templates) printLine(`${template} ${language}: ${status}`);
  const missing = TEMPLATE_LANGUAGES.filter((language) => !templates.some((one) => one.language === language));
  for (const language of missing) printLine(`${template} ${language}: missing`);
  if (missing.length > 0) printLine('"phonegate providers templates create" creates it in the languages that lack it.');
  return templates.some(({ language, status }) => language === 'en' && status === 'APPROVED');
}

/** Creates the template in the languages that lack it. @returns whether Meta accepted all */
export async function createTemplates(config: Config, printLine: (line: string) => void): Promise<boolean> {
  const { cloud, businessId, template } = cloudOf(config);
  const minutes = Math.ceil(config.otp.ttlSeconds / 60);
  const { androidPackage: packageName } = config.whatsAppCloud;
  const { appHash: signatureHash } = config.delivery;
  const androidApp = packageName && signatureHash ? { packageName, signatureHash } : undefined;
  const results = await createCloudTemplates(cloud, { businessId, template, minutes, androidApp });
  if (isFailed(results)) throw unreadable(results);
  for (const { language, result } of results)
    printLine(
      `${template} ${language}: ${typeof result === 'string' ? result : `refused, ${result.failure} (${result.detail})`}`,
    );
  if (results.some(({ result }) => result === 'created'))
    printLine('Meta approves a template within minutes to a day. "phonegate providers templates" shows the state.');
  return results.every(({ result }) => typeof result === 'string');
}

function unreadable({ failure, detail }: Failed): StartupError {
  return new StartupError(
    failure === 'authentication'
      ? `Meta refuses to show the templates (${detail}). WHATSAPP_CLOUD_TOKEN must be valid, and have the permission whatsapp_business_management for the account WHATSAPP_CLOUD_BUSINESS_ID.`
      : `Meta does not show the templates: ${failure} (${detail}).`,
  );
}

function cloudOf({ whatsAppCloud }: Config) {
  const cloud = createWhatsAppCloud(whatsAppCloud);
  const { businessId, template } = whatsAppCloud;
  if (!cloud || businessId === undefined)
    throw new StartupError(
      'Set WHATSAPP_CLOUD_PHONE_NUMBER_ID, WHATSAPP_CLOUD_TOKEN and WHATSAPP_CLOUD_BUSINESS_ID first.',
    );
  return { cloud, businessId, template };
}
