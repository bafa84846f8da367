import type { ChannelName, Config } from '../../config/config.js';
import { plainText } from '../../delivery/channels/melipayamak/plain-text.js';
import { countSegments } from '../../delivery/templates/segments.js';
import { renderTemplate } from '../../delivery/templates/render-template.js';
import { LOCALES } from '../../locales/locale.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { text } from '../../db/types.js';
import { type Finding, ok, problem, warning } from './finding.js';

const READ_CODE_TEMPLATES = statement({
  name: 'cli/doctor_read_code_templates',
  sql: `SELECT channel, locale, body FROM sms_templates WHERE purpose = 'LOGIN_CODE' AND active ORDER BY channel, locale`,
  parameters: {},
  columns: { channel: text, locale: text, body: text },
});

interface TemplatesCheck {
  config: Config;
  client: Queryable;
}

/** Checks that each locale has a template for codes, and that no template is too long or has no {code}. */
export async function checkTemplates({ config, client }: TemplatesCheck): Promise<Finding[]> {
  const rows = await runStatement(client, READ_CODE_TEMPLATES, {}).catch(() => undefined);
  if (!rows)
    return [problem('templates', 'the table sms_templates cannot be read', 'Apply the migrations: start the gateway')];
  const findings: Finding[] = [];
  const forAll = new Set(rows.filter(({ channel }) => channel === '*').map(({ locale }) => locale));
  if (!forAll.has('en'))
    findings.push(
      problem(
        'templates',
        'there is no English template for codes, which is used when a language has none',
        'Insert one into sms_templates: purpose LOGIN_CODE, channel *, locale en',
      ),
    );
  const missing = LOCALES.filter((locale) => locale !== 'en' && !forAll.has(locale));
  if (missing.length > 0)
    findings.push(
      warning(
        'templates',
        `no template for codes in ${missing.join(', ')}: users receive English`,
        'Insert them into sms_templates',
      ),
    );
  for (const row of rows) {
    const { channel, locale, body } = row;
    const sms = partsOf(row, config);
    if (!body.includes('{code}'))
      findings.push(
        problem(
          'templates',
          `${channel}/${locale} has no {code}`,
          'The gateway does not send this template: add {code} to its body',
        ),
      );
    else if (sms && sms.parts > 1) {
      const cost = sms.parts === 2 ? 'twice' : `${sms.parts} times`;
      findings.push(
        warning(
          'templates',
          `${channel}/${locale} takes ${sms.parts} SMS parts by ${sms.by}: each code costs ${cost} as much`,
          'Shorten the template, or LOGIN_TITLE',
        ),
      );
    }
  }
  return findings.length > 0 ? findings : [ok('templates', `${rows.length} templates for codes`)];
}

/** How many parts an SMS has that a configured channel makes of a template: the most, and by which channel. */
function partsOf({ channel, locale, body }: { channel: string; locale: string; body: string }, config: Config) {
  const values = {
    code: '0'.repeat(config.otp.length),
    minutes: Math.ceil(config.otp.ttlSeconds / 60),
    service: config.delivery.serviceName,
  };
  const render = (webOtpHost?: string) =>
    renderTemplate({ channel, locale, body, providerTemplate: undefined }, values, webOtpHost).body ?? '';
  const texts: { by: ChannelName; sms: string }[] = [];
  if (config.kavenegar.apiKey) texts.push({ by: 'kavenegar-sms', sms: render(config.delivery.webOtpHost) });
  if (config.melipayamak.sender) texts.push({ by: 'melipayamak', sms: plainText(render()) ?? '' });
  return texts
    .filter(({ by }) => channel === '*' || channel === by)
    .map(({ by, sms }) => ({ by, parts: countSegments(sms).segments }))
    .toSorted((one, other) => other.parts - one.parts)[0];
}
