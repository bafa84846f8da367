import type { Failed } from '../channel.js';
import { isFailed } from '../http.js';
import { readMelipayamakAccount } from './account.js';
import type { MelipayamakSettings } from './client.js';
import { connectionAdvice } from '../../../connection-advice.js';
import { type Finding, ok, problem, warning } from '../../../finding.js';

const ABOUT = 'melipayamak';
/** Number of messages. */
const LOW_CREDIT = 100;

export async function checkMelipayamak(config: MelipayamakSettings): Promise<Finding[]> {
  const account = await readMelipayamakAccount(config);
  const url = config.username === undefined ? 'MELIPAYAMAK_CONSOLE_URL' : 'MELIPAYAMAK_URL';
  if (isFailed(account)) return [whyRefused(account, url)];
  const { credit, lines } = account;
  const findings = [
    credit < LOW_CREDIT
      ? problem(
          ABOUT,
          `the credit is ${credit < 0 ? 'negative' : 'low'}: ${Math.floor(credit)} SMS`,
          'Add credit to the account',
        )
      : ok(ABOUT, `the account answers, the credit is ${Math.floor(credit)} SMS`),
  ];
  if (config.sender && lines && !lines.includes(config.sender))
    findings.push(
      problem(ABOUT, 'SMS_SENDER_NUMBER is not a line of this account', 'Set it to one of the lines in the panel'),
    );
  if (!config.bodyId)
    findings.push(
      warning(
        ABOUT,
        'MELIPAYAMAK_BODY_ID is not set: codes are sent as plain SMS, which arrive only by day and which users can block',
        'Request a pattern in the panel, and set its number when it is approved',
      ),
    );
  return findings;
}

function whyRefused({ failure, detail }: Failed, url: string): Finding {
  if (detail === '-110')
    return problem(
      ABOUT,
      'Melipayamak accepts only the API key as password (-110)',
      'Set MELIPAYAMAK_PASSWORD to the API key',
    );
  if (failure === 'authentication')
    return problem(
      ABOUT,
      `Melipayamak refuses the credentials (${detail})`,
      'Check MELIPAYAMAK_USERNAME and MELIPAYAMAK_PASSWORD, or MELIPAYAMAK_CONSOLE_TOKEN; after many attempts the IP address is blocked',
    );
  if (detail === '-108' || detail === '-109' || detail === '-111')
    return problem(
      ABOUT,
      `the IP address of this machine is not allowed (${detail})`,
      'Set it as the allowed IP address in the panel',
    );
  if (failure === 'account_restricted')
    return problem(ABOUT, `the account is restricted (${detail})`, 'The panel shows why');
  const connection = connectionAdvice(detail, url);
  return connection
    ? problem(ABOUT, `no usable answer: ${connection.why}`, connection.advice)
    : problem(ABOUT, `no usable answer (${detail})`, `Check ${url} and that this machine can reach it`);
}
