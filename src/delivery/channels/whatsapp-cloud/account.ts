import { z } from 'zod';
import { type Finding, ok, problem, warning } from '../../../finding.js';
import { type Failed, failed } from '../channel.js';
import { isFailed } from '../http.js';
import type { WhatsAppCloud } from './client.js';
import { TEMPLATE_LANGUAGES } from './index.js';

const TIMEOUT_MS = 5_000;
const PHONE = z.object({
  display_phone_number: z.string().default(''),
  verified_name: z.string().default(''),
  quality_rating: z.string().default('UNKNOWN'),
});
const TEMPLATES = z.object({
  data: z.array(
    z.object({ name: z.string(), language: z.string(), status: z.string(), category: z.string().default('') }),
  ),
});

export interface CloudPhone {
  /** Digits. */
  number: string;
  name: string;
  /** GREEN, YELLOW, RED or UNKNOWN. */
  quality: string;
}

export interface CloudTemplate {
  language: string;
  /** APPROVED, PENDING, REJECTED, PAUSED, DISABLED. */
  status: string;
}

export async function readCloudPhone(cloud: WhatsAppCloud): Promise<CloudPhone | Failed> {
  const path = `${cloud.phoneNumberId}?fields=display_phone_number,verified_name,quality_rating`;
  const answer = await cloud.call(path, undefined, AbortSignal.timeout(TIMEOUT_MS));
  if (isFailed(answer)) return answer;
  const phone = PHONE.safeParse(answer.body).data;
  if (!phone) return failed('unknown', 'unreadable answer');
  const { display_phone_number: number, verified_name: name, quality_rating: quality } = phone;
  return { number: number.replaceAll(/\D/g, ''), name, quality };
}

export async function readCloudTemplates(
  cloud: WhatsAppCloud,
  { businessId, template }: { businessId: string; template: string },
): Promise<CloudTemplate[] | Failed> {
  const path = `${businessId}/message_templates?name=${encodeURIComponent(template)}&limit=100`;
  const answer = await cloud.call(path, undefined, AbortSignal.timeout(TIMEOUT_MS));
  if (isFailed(answer)) return answer;
  const templates = TEMPLATES.safeParse(answer.body).data;
  return templates
    ? templates.data
        .filter(({ name, category }) => name === template && category.toUpperCase() === 'AUTHENTICATION')
        .map(({ language, status }) => ({ language, status }))
    : failed('unknown', 'unreadable answer');
}

/** An app into which the button of a template fills the code. */
export interface AndroidApp {
  packageName: string;
  /** The same as for SMS Retriever. */
  signatureHash: string;
}

/**
 * With one tap, the button opens the app with the code. It copies the code for users without the app, and for an app that has not
 * announced itself to WhatsApp before (developers.facebook.com, One-tap autofill authentication templates).
 */
const buttonFor = (app: AndroidApp | undefined): object =>
  app
    ? {
        type: 'OTP',
        otp_type: 'ONE_TAP',
        supported_apps: [{ package_name: app.packageName, signature_hash: app.signatureHash }],
      }
    : { type: 'OTP', otp_type: 'COPY_CODE' };

/** Creates the template in each language that it lacks. Meta approves it later. @returns what became of each */
export async function createCloudTemplates(
  cloud: WhatsAppCloud,
  settings: { businessId: string; template: string; minutes: number; androidApp?: AndroidApp | undefined },
): Promise<{ language: string; result: 'created' | 'exists' | Failed }[] | Failed> {
  const existing = await readCloudTemplates(cloud, settings);
  if (isFailed(existing)) return existing;
  const results: { language: string; result: 'created' | 'exists' | Failed }[] = [];
  for (const language of TEMPLATE_LANGUAGES) {
    if (existing.some((one) => one.language === language)) {
      results.push({ language, result: 'exists' });
      continue;
    }
    const body = {
      name: settings.template,
      language,
      category: 'AUTHENTICATION',
      components: [
        { type: 'BODY', add_security_recommendation: true },
        { type: 'FOOTER', code_expiration_minutes: Math.min(90, Math.max(1, settings.minutes)) },
        { type: 'BUTTONS', buttons: [buttonFor(settings.androidApp)] },
      ],
    };
    const answer = await cloud.call(`${settings.businessId}/message_templates`, body, AbortSignal.timeout(TIMEOUT_MS));
    results.push({ language, result: isFailed(answer) ? answer : 'created' });
  }
  return results;
}

const ABOUT = 'whatsapp-cloud';

export async function checkWhatsAppCloud(
  cloud: WhatsAppCloud,
  { businessId, template }: { businessId: string | undefined; template: string },
): Promise<Finding[]> {
  const phone = await readCloudPhone(cloud);
  if (isFailed(phone))
    return [
      phone.failure === 'authentication'
        ? problem(
            ABOUT,
            `Meta refuses the token (${phone.detail})`,
            'Create a token of a system user that does not expire, with whatsapp_business_messaging, and set WHATSAPP_CLOUD_TOKEN',
          )
        : problem(
            ABOUT,
            `no usable answer (${phone.detail})`,
            'Check WHATSAPP_CLOUD_PHONE_NUMBER_ID and WHATSAPP_CLOUD_URL',
          ),
    ];
  const quality =
    phone.quality === 'RED'
      ? warning(ABOUT, 'Meta rates the quality of this number RED', 'Users report its messages: Meta limits it next')
      : ok(ABOUT, 'the token is valid');
  if (businessId === undefined)
    return [
      quality,
      warning(
        ABOUT,
        'the template is not checked',
        'Set WHATSAPP_CLOUD_BUSINESS_ID, or run "phonegate providers send-test"',
      ),
    ];
  const templates = await readCloudTemplates(cloud, { businessId, template });
  if (isFailed(templates))
    return [
      quality,
      problem(ABOUT, `its templates cannot be read (${templates.detail})`, 'Check WHATSAPP_CLOUD_BUSINESS_ID'),
    ];
  const approved = templates.filter(({ status }) => status === 'APPROVED').map(({ language }) => language);
  return [
    quality,
    approved.includes('en')
      ? ok(ABOUT, `the template ${template} is approved in ${approved.join(', ')}`)
      : problem(
          ABOUT,
          `the template ${template} is not approved in English, which is used where another language has none`,
          'Create it with "phonegate providers templates create", and wait for the approval',
        ),
  ];
}
