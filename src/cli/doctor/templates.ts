import type { ChannelName, Config } from '../../config/config.js';
import { configuredChannels } from '../../config/configured-channels.js';
import { channelInfo } from '../../delivery/channels/channel-list.js';
import { plainText } from '../../delivery/channels/melipayamak/plain-text.js';
import { countSegments } from '../../delivery/channels/segments.js';
import { fillIn, renderTemplate } from '../../delivery/templates/render-template.js';
import { LOCALES } from '../../locales/locale.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { type RowOf, statement } from '../../db/statement.js';
import { text } from '../../db/types.js';
import { type Finding, ok, problem, warning } from './finding.js';

const READ_TEMPLATES = statement({
  name: 'cli/doctor_read_templates',
  sql: `SELECT purpose::text, channel, locale, body FROM sms_templates WHERE active ORDER BY purpose, channel, locale`,
  parameters: {},
  columns: { purpose: text, channel: text, locale: text, body: text },
});

type Template = RowOf<typeof READ_TEMPLATES>;

interface TemplatesCheck {
  config: Config;
  client: Queryable;
}

/** Checks that each locale has a template for codes, that these have {code}, and that no template takes several SMS parts. */
export async function checkTemplates({ config, client }: TemplatesCheck): Promise<Finding[]> {
  const rows = await runStatement(client, READ_TEMPLATES, {}).catch(() => undefined);
  if (!rows)
    return [problem('templates', 'the table sms_templates cannot be read', 'Apply the migrations: start the gateway')];
  const codes = rows.filter(({ purpose }) => purpose === 'LOGIN_CODE');
  const findings: Finding[] = [];
  const forAll = new Set(codes.filter(({ channel }) => channel === '*').map(({ locale }) => locale));
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
  for (const { channel, locale, body } of codes)
    if (!body.includes('{code}'))
      findings.push(
        problem(
          'templates',
          `${channel}/${locale} has no {code}`,
          'The gateway does not send this template: add {code} to its body',
        ),
      );
  findings.push(...rows.flatMap((row) => checkLength(row, config)));
  return findings.length > 0 ? findings : [ok('templates', `${codes.length} templates for codes`)];
}

/** A warning if a message takes several SMS parts. */
function checkLength(row: Template, config: Config): Finding[] {
  const { purpose, channel, locale } = row;
  const sms = partsOf(row, config);
  if (!sms || sms.parts < 2) return [];
  const isCode = purpose === 'LOGIN_CODE';
  const [name, message] = isCode ? ['', 'code'] : [`${purpose} `, 'notification'];
  const cost = sms.parts === 2 ? 'twice' : `${sms.parts} times`;
  const hasWebOtpLine = isCode && channelInfo(sms.by)?.bindsCode && config.delivery.webOtpHost !== undefined;
  return [
    warning(
      'templates',
      `${name}${channel}/${locale} takes ${sms.parts} SMS parts by ${sms.by}: each ${message} costs ${cost} as much`,
      `Shorten the template, or LOGIN_TITLE${hasWebOtpLine ? '. The line for SMS_WEBOTP_HOST counts, too' : ''}`,
    ),
  ];
}

/** How many parts an SMS has that a configured channel makes of a template: the most, and by which channel. */
function partsOf({ purpose, channel, locale, body }: Template, config: Config) {
  const service = config.delivery.serviceName;
  const isCode = purpose === 'LOGIN_CODE';
  const values = { code: '0'.repeat(config.otp.length), minutes: Math.ceil(config.otp.ttlSeconds / 60), service };
  const { webOtpHost, appHash } = config.delivery;
  const reader = webOtpHost ?? (appHash === undefined ? undefined : { appHash });
  const render = (lastLine?: typeof reader) =>
    isCode
      ? (renderTemplate({ channel, locale, body, providerTemplate: undefined }, values, lastLine).body ?? '')
      : fillIn(body, { phone: maskPhone('+77010000002'), service });
  const texts: { by: ChannelName; sms: string }[] = [];
  // Notifications go by messengers and by channels that send any text.
  for (const { name, kind, bindsCode } of configuredChannels(config))
    if (kind === 'sms' && bindsCode) texts.push({ by: name, sms: render(reader) });
  if (config.melipayamak.sender && isCode) texts.push({ by: 'melipayamak', sms: plainText(render()) ?? '' });
  return texts
    .filter(({ by }) => channel === '*' || channel === by)
    .map(({ by, sms }) => ({ by, parts: countSegments(sms).segments }))
    .toSorted((one, other) => other.parts - one.parts)[0];
}
