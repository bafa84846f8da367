import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { array, int4, nullable, present, text } from '../../db/types.js';
import { type Finding, problem } from './finding.js';

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
    SELECT DISTINCT ON (failed.channel) failed.channel, failed.failure, failed.detail,
           count(*) OVER (PARTITION BY failed.channel)::int AS deliveries
    FROM sms_log failed
    WHERE failed.created_at > now() - interval '1 day' AND failed.failure = ANY(:failures::text[])
      AND failed.detail IS DISTINCT FROM 'suppressed'
      AND NOT EXISTS (
        SELECT FROM sms_log sent
        WHERE sent.channel = failed.channel AND sent.created_at > failed.created_at AND sent.status NOT IN ('QUEUED', 'FAILED')
      )
    ORDER BY failed.channel, failed.created_at DESC`,
  parameters: { failures: array(text) },
  columns: { channel: text, failure: present(text), detail: nullable(text), deliveries: int4 },
});

/**
 * Finds channels whose latest deliveries of the last 24 hours were all refused for a reason that only the operator can
 * fix. A request to the provider does not show this.
 */
export async function checkSmsLog({ client }: { client: Queryable }): Promise<Finding[]> {
  // If the table cannot be read, the check of the migrations reports it.
  const rows = await runStatement(client, READ_FAILING_CHANNELS, { failures: Object.keys(ADVICE) }).catch(() => []);
  return rows.map(({ channel, failure, detail, deliveries }) =>
    problem(
      channel,
      `its last ${deliveries === 1 ? 'delivery was' : `${deliveries} deliveries were`} refused: ${failure}${detail ? ` (${detail})` : ''}`,
      ADVICE[failure] ?? '',
    ),
  );
}
