import type { OpenedDatabase } from './database.js';
import { type Finding, problem } from './finding.js';

/** What only a person can mend, by what the provider says no to. */
const ADVICE: Record<string, string> = {
  sender_rejected: 'The line is not active or not yours: see KAVENEGAR_SENDER or SMS_SENDER_NUMBER, and the panel',
  template_rejected:
    'The template is unknown or not approved yet: see KAVENEGAR_TEMPLATE or MELIPAYAMAK_BODY_ID, and the panel',
  authentication: 'The credentials are refused: copy them again',
  insufficient_credit: 'Charge the account',
  account_restricted: 'The account or this address is restricted: see the panel',
};

/** Channels whose latest tries of the day were all refused for one of these reasons, as no question to a provider shows. */
export async function checkLog(query: NonNullable<OpenedDatabase['query']>): Promise<Finding[]> {
  const rows = await query<{ channel: string; failure: string; detail: string | null; tries: number }>(
    `SELECT DISTINCT ON (l.channel) l.channel, l.failure, l.detail,
            count(*) OVER (PARTITION BY l.channel)::int AS tries
     FROM sms_log l
     WHERE l.created_at > now() - interval '1 day' AND l.failure = ANY($1) AND l.detail IS DISTINCT FROM 'suppressed'
       AND NOT EXISTS (
         SELECT FROM sms_log s WHERE s.channel = l.channel AND s.created_at > l.created_at AND s.status NOT IN ('QUEUED', 'FAILED')
       )
     ORDER BY l.channel, l.created_at DESC`,
    [Object.keys(ADVICE)],
  ).catch(() => []);
  return rows.map(({ channel, failure, detail, tries }) =>
    problem(
      channel,
      `its last ${tries === 1 ? 'try was' : `${tries} tries were`} refused: ${failure}${detail ? ` (${detail})` : ''}`,
      ADVICE[failure] ?? '',
    ),
  );
}
