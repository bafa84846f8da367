import type { Config } from '../../config/config.js';
import { isFailed } from '../../delivery/channels/http.js';
import { createCloudTemplates, readCloudTemplates } from '../../delivery/channels/whatsapp-cloud/account.js';
import { createWhatsAppCloud } from '../../delivery/channels/whatsapp-cloud/client.js';
import { StartupError } from '../../startup-error.js';

/** The template of the Cloud API in each language. @returns whether it is approved in English */
export async function showTemplates(config: Config, printLine: (line: string) => void): Promise<boolean> {
  const { cloud, businessId, template } = cloudOf(config);
  const templates = await readCloudTemplates(cloud, { businessId, template });
  if (isFailed(templates)) throw new StartupError(`Meta refused: ${templates.failure} (${templates.detail}).`);
  if (templates.length === 0) printLine(`There is no authentication template ${template}.`);
  for (const { language, status } of templates) printLine(`${template} ${language}: ${status}`);
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
  if (isFailed(results)) throw new StartupError(`Meta refused: ${results.failure} (${results.detail}).`);
  for (const { language, result } of results)
    printLine(
      `${template} ${language}: ${typeof result === 'string' ? result : `refused, ${result.failure} (${result.detail})`}`,
    );
  printLine('Meta approves a template within minutes to a day. "phonegate providers templates" shows the state.');
  return results.every(({ result }) => typeof result === 'string');
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
