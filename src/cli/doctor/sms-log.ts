import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { array, int4, nullable, present, text, textOf } from '../../db/types.js';
import type { ChannelName, Config } from '../../config/config.js';
import { configuredChannels } from '../../config/configured-channels.js';
import { type Finding, ok, problem } from './finding.js';

/** Failures that only the operator can fix, and how. */
const ADVICE: Record<string, string> = {
  sender_rejected: 'The line is not active or not yours: check KAVENEGAR_SENDER or SMS_SENDER_NUMBER, and the panel',
  template_rejected:
    'The template is unknown or not approved yet: check KAVENEGAR_TEMPLATE or MELIPAYAMAK_BODY_ID, and the panel',
  authentication: 'The provider refuses the credentials: copy them again',
  insufficient_credit: 'Add credit to the account',
  account_restricted: 'The account or the IP address of this machine is restricted: the panel shows why',
};

/** Of each channel without a later success, the last failure and their number. Decoys do not count. */
const READ_FAILING_CHANNELS = statement({
  name: 'cli/doctor_read_failing_channels',
  sql: `
    SELECT DISTINCT ON (failed.channel) failed.channel, failed.failure, failed.detail, failed.template,
           count(*) OVER (PARTITION BY failed.channel)::int AS deliveries
    FROM sms_log failed
    WHERE failed.created_at > now() - interval '1 day' AND failed.failure = ANY(:failures::text[])
      AND failed.detail IS DISTINCT FROM 'suppressed'
      AND NOT EXISTS (
        SELECT FROM sms_log sent
        WHERE sent.channel = failed.channel AND sent.created_at > failed.created_at AND sent.status NOT IN ('QUEUED', 'FAILED')
          AND (failed.failure <> 'template_rejected' OR failed.template IS NULL OR sent.template IS NOT DISTINCT FROM failed.template)
      )
    ORDER BY failed.channel, failed.created_at DESC`,
  parameters: { failures: array(text) },
  columns: {
    channel: text,
    failure: present(text),
    detail: nullable(text),
    template: nullable(text),
    deliveries: int4,
  },
});

/** Fewer messages than these say little about a channel. */
const ENOUGH_MESSAGES = 5;

/** Of each channel, what became of the messages that it accepted in the last 24 hours, and the refusals for a used-up plan. */
const READ_OUTCOMES = statement({
  name: 'cli/doctor_read_outcomes',
  sql: `
    SELECT channel,
           count(*) FILTER (WHERE status = 'UNDELIVERED' OR status = 'FAILED' AND provider_id IS NOT NULL)::int AS undelivered,
           count(*) FILTER (WHERE delivered_at IS NOT NULL)::int AS delivered,
           count(*) FILTER (WHERE detail LIKE 'HTTP 466%')::int AS beyond_plan
    FROM sms_log
    WHERE created_at > now() - interval '1 day' AND failure IS DISTINCT FROM 'suppressed' AND detail IS DISTINCT FROM 'suppressed'
    GROUP BY channel ORDER BY channel`,
  parameters: {},
  columns: { channel: text, undelivered: int4, delivered: int4, beyond_plan: int4 },
});

/** The templates and lines that have sent a message, of these channels. */
const READ_PROVEN_CHANNELS = statement({
  name: 'cli/doctor_read_proven_channels',
  sql: `
    SELECT DISTINCT channel FROM sms_log
    WHERE channel = ANY(:channels::text[]) AND provider_id IS NOT NULL AND (channel = 'kavenegar-sms' OR template = ANY(:templates::text[]))`,
  parameters: { channels: array(text), templates: array(text) },
  columns: { channel: textOf<ChannelName>() },
});

/**
 * Finds channels whose latest deliveries of the last 24 hours were all refused for a reason that only the operator can
 * fix. A request to the provider does not show this.
 */
export async function checkSmsLog({ client }: { client: Queryable }): Promise<Finding[]> {
  // If the table cannot be read, the check of the migrations reports it.
  const rows = await runStatement(client, READ_FAILING_CHANNELS, { failures: Object.keys(ADVICE) }).catch(() => []);
  const refused = rows.map(({ channel, failure, detail, template, deliveries }) =>
    problem(
      channel,
      `its last ${deliveries === 1 ? 'delivery was' : `${deliveries} deliveries were`} refused: ${failure}${detail ? ` (${detail})` : ''}${failure === 'template_rejected' && template ? `, template ${template}` : ''}`,
      ADVICE[failure] ?? '',
    ),
  );
  return [...refused, ...(await checkOutcomes(client))];
}

async function checkOutcomes(client: Queryable): Promise<Finding[]> {
  const rows = await runStatement(client, READ_OUTCOMES, {}).catch(() => []);
  return rows.flatMap(({ channel, undelivered, delivered, beyond_plan: beyondPlan }) => [
    ...(undelivered >= ENOUGH_MESSAGES && delivered === 0
      ? [
          problem(
            channel,
            `none of its messages of the last 24 hours arrived: ${undelivered} are undelivered`,
            'Ask the provider why; until then, name another channel first in DELIVERY_ROUTES',
          ),
        ]
      : []),
    ...(beyondPlan > 0
      ? [
          problem(
            channel,
            `the plan of the instance is used up (HTTP 466): ${beyondPlan} messages of the last 24 hours were refused`,
            'Choose a larger plan in the Green API console; until the next month, users get codes by the other channels of their route, if there are any',
          ),
        ]
      : []),
  ]);
}

/** Names what only a real message can show: whether the template, the pattern or the line exists. */
export async function checkUnproven({ config, client }: { config: Config; client: Queryable }): Promise<Finding[]> {
  const { kavenegar, melipayamak } = config;
  const unproven: Partial<Record<ChannelName, string>> = {
    'kavenegar-verify': `KAVENEGAR_TEMPLATE (${kavenegar.template})`,
    'kavenegar-sms': 'the line of plain SMS',
    'kavenegar-call': `KAVENEGAR_CALL_TEMPLATE (${kavenegar.callTemplate})`,
    melipayamak: melipayamak.bodyId === undefined ? 'SMS_SENDER_NUMBER' : `MELIPAYAMAK_BODY_ID (${melipayamak.bodyId})`,
  };
  const channels = configuredChannels(config)
    .map(({ name }) => name)
    .filter((name) => unproven[name] !== undefined);
  const templates = [kavenegar.template, kavenegar.callTemplate, melipayamak.bodyId].filter(
    (name) => name !== undefined,
  );
  const proven = await runStatement(client, READ_PROVEN_CHANNELS, { channels, templates }).catch(() => undefined);
  if (proven === undefined) return [];
  return channels
    .filter((name) => !proven.some(({ channel }) => channel === name))
    .map((name) =>
      ok(
        name,
        `${unproven[name]} is not checked: only a message shows whether it exists. Run: phonegate providers send-test`,
      ),
    );
}
