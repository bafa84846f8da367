import type { Config } from '../../config/config.js';
import { countSegments } from '../../delivery/templates/segments.js';
import { renderTemplate } from '../../delivery/templates/render-template.js';
import { LOCALES } from '../../locales/locale.js';
import type { OpenedDatabase } from './database.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** A code's SMS is paid for by the part. */
const MANY_SEGMENTS = 3;
/** Channels whose texts are ours. */
const PAID_BY_THE_PART = new Set(['*', 'kavenegar-sms', 'melipayamak']);

export async function checkTemplates(query: NonNullable<OpenedDatabase['query']>, config: Config): Promise<Finding[]> {
  const rows = await query<{ channel: string; locale: string; body: string }>(
    "SELECT channel, locale, body FROM sms_templates WHERE purpose = 'LOGIN_CODE' AND active ORDER BY channel, locale",
  ).catch(() => undefined);
  if (!rows)
    return [problem('templates', 'the table sms_templates cannot be read', 'Apply the migrations: start the gateway')];
  const findings: Finding[] = [];
  const forAll = new Set(rows.filter(({ channel }) => channel === '*').map(({ locale }) => locale));
  if (!forAll.has('en'))
    findings.push(
      problem(
        'templates',
        'there is no English text for a code, which all others fall back to',
        'Insert one into sms_templates: purpose LOGIN_CODE, channel *, locale en',
      ),
    );
  const missing = LOCALES.filter((locale) => locale !== 'en' && !forAll.has(locale));
  if (missing.length > 0)
    findings.push(
      warning(
        'templates',
        `no text for a code in ${missing.join(', ')}: people get English`,
        'Insert them into sms_templates',
      ),
    );
  for (const { channel, locale, body } of rows) {
    const values = { code: '0'.repeat(config.otp.length), minutes: Math.ceil(config.otp.ttlSeconds / 60) };
    const text = renderTemplate(
      { channel, locale, body, providerTemplate: undefined },
      values,
      config.delivery.webOtpHost,
    );
    const { segments } = countSegments(text.body ?? '');
    if (text.body === undefined)
      findings.push(
        problem('templates', `${channel}/${locale} has no {code}`, 'It is refused; add {code} to its body'),
      );
    else if (segments >= MANY_SEGMENTS && PAID_BY_THE_PART.has(channel))
      findings.push(warning('templates', `${channel}/${locale} takes ${segments} SMS a code`, 'Shorten it'));
  }
  return findings.length > 0 ? findings : [ok('templates', `${rows.length} texts for a code`)];
}
