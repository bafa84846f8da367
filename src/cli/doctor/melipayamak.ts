import type { Config } from '../../config/config.js';
import type { Failed } from '../../delivery/channels/channel.js';
import { isFailed } from '../../delivery/channels/http.js';
import { readMelipayamakAccount } from '../../delivery/channels/melipayamak/account.js';
import { type Finding, ok, problem, warning } from './finding.js';

const ABOUT = 'melipayamak';
/** Messages. */
const LOW_CREDIT = 100;

export async function checkMelipayamak({ melipayamak: config }: Config): Promise<Finding[]> {
  const account = await readMelipayamakAccount(config);
  const url = config.username === undefined ? 'MELIPAYAMAK_CONSOLE_URL' : 'MELIPAYAMAK_URL';
  if (isFailed(account)) return [whyRefused(account, url)];
  const { credit, lines } = account;
  const findings = [
    credit < LOW_CREDIT
      ? problem(ABOUT, `the credit is low: ${Math.floor(credit)} SMS`, 'Charge the account')
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
        'MELIPAYAMAK_BODY_ID is not set: codes are sent as plain SMS, only by day, which users can block',
        'Have a pattern approved, and set its number',
      ),
    );
  return findings;
}

function whyRefused({ failure, detail }: Failed, url: string): Finding {
  if (detail === '-110')
    return problem(ABOUT, 'the password is no longer accepted (-110)', 'Put the API key into MELIPAYAMAK_PASSWORD');
  if (failure === 'authentication')
    return problem(
      ABOUT,
      `the credentials are refused (${detail})`,
      'Check MELIPAYAMAK_USERNAME and MELIPAYAMAK_PASSWORD, or MELIPAYAMAK_CONSOLE_TOKEN; after many attempts the IP address is blocked',
    );
  if (detail === '-108' || detail === '-109' || detail === '-111')
    return problem(
      ABOUT,
      `the IP address of this machine is not allowed (${detail})`,
      'Set it as the allowed IP address in the panel',
    );
  if (failure === 'account_restricted') return problem(ABOUT, `the account is restricted (${detail})`, 'See the panel');
  return problem(ABOUT, `no usable answer (${detail})`, `Check ${url} and that this machine can reach it`);
}
