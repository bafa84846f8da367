import type { Failed } from '../channel.js';
import { isFailed } from '../http.js';
import { type KavenegarAccount, readKavenegarAccount } from './account.js';
import type { Kavenegar } from './client.js';
import { connectionAdvice } from '../../../connection-advice.js';
import { type Finding, ok, problem, warning } from '../../../finding.js';

const ABOUT = 'kavenegar';
/** In rials; a code costs about 1,500. */
const LOW_CREDIT = 100_000;

interface Settings {
  template: string | undefined;
  sender: string | undefined;
}

export async function checkKavenegar(kavenegar: Kavenegar, config: Settings): Promise<Finding[]> {
  const account = await readKavenegarAccount(kavenegar);
  if (isFailed(account)) return [whyRefused(account)];
  return [
    checkCredit(account),
    ...checkSettings(account, config),
    ...(config.template
      ? []
      : [
          warning(
            ABOUT,
            'KAVENEGAR_TEMPLATE is not set: codes are sent as plain SMS, which users can block',
            'Request a verify template in the panel, and set its name when it is approved',
          ),
        ]),
  ];
}

function whyRefused({ failure, detail }: Failed): Finding {
  if (failure === 'authentication')
    return problem(ABOUT, `Kavenegar refuses the key (${detail})`, 'Copy KAVENEGAR_API_KEY from the panel again');
  if (failure === 'account_restricted' && detail !== '401')
    return problem(
      ABOUT,
      `the IP address of this machine is not allowed (${detail})`,
      'Add it to the list of IP addresses in the panel',
    );
  if (failure === 'account_restricted')
    return problem(ABOUT, 'the account is disabled (401)', 'Ask Kavenegar to enable it');
  if (failure === 'rate_limited')
    return problem(ABOUT, `too many requests from this IP address (${detail})`, 'Try again in a while');
  const connection = connectionAdvice(detail, 'KAVENEGAR_URL');
  return connection
    ? problem(ABOUT, `no usable answer: ${connection.why}`, connection.advice)
    : problem(ABOUT, `no usable answer (${detail})`, 'Check KAVENEGAR_URL and that this machine can reach it');
}

function checkCredit({ credit, settings }: KavenegarAccount): Finding {
  const low = Math.max(LOW_CREDIT, settings?.alarmBelow ?? 0);
  return credit < low
    ? problem(
        ABOUT,
        `the credit is ${credit < 0 ? 'negative' : 'low'}: ${credit} Rial`,
        'Add credit to the account; without it, codes are sent by the other channels of their route, if there are any',
      )
    : ok(ABOUT, `the key is valid, the credit is ${credit} Rial`);
}

function checkSettings({ settings }: KavenegarAccount, { sender }: Settings): Finding[] {
  if (!settings)
    return [
      warning(
        ABOUT,
        'its settings cannot be read',
        'Add the IP address of this machine to the list in the panel; otherwise the doctor cannot see whether debug mode is on',
      ),
    ];
  const findings: Finding[] = [];
  if (settings.debugMode)
    findings.push(
      problem(ABOUT, 'debug mode is on: every call succeeds and nothing is sent', 'Turn debugmode off in the panel'),
    );
  if (settings.keepsLogs)
    findings.push(
      warning(
        ABOUT,
        'the request log is on: Kavenegar stores the codes',
        'Set apilogs to justfaults or disabled in the panel',
      ),
    );
  if (settings.resendsFailed)
    findings.push(
      warning(
        ABOUT,
        'Kavenegar sends failed messages again after their codes have expired',
        'Turn resendfailed off in the panel',
      ),
    );
  if (!sender && !settings.defaultSender)
    findings.push(
      problem(ABOUT, 'there is no line to send plain SMS from', 'Set KAVENEGAR_SENDER, or a default line in the panel'),
    );
  return findings;
}
