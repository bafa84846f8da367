import { connectionAdvice } from '../../../connection-advice.js';
import { type Finding, ok, problem, warning } from '../../../finding.js';
import type { Failed } from '../channel.js';
import { isFailed } from '../http.js';
import { type TwilioAccount, readTwilioAccount, readTwilioNumber } from './account.js';
import type { Twilio, TwilioSettings } from './client.js';

const ABOUT = 'twilio';
/** In the currency of the account; a code to many countries costs about 0.2 US dollars. */
const LOW_BALANCE = 5;

export async function checkTwilio(twilio: Twilio, settings: TwilioSettings): Promise<Finding[]> {
  const account = await readTwilioAccount(twilio);
  if (isFailed(account)) return [whyRefused(account)];
  return [
    checkBalance(account),
    ...(settings.authToken
      ? []
      : [
          warning(
            ABOUT,
            'TWILIO_AUTH_TOKEN is not set: the gateway only polls Twilio for receipts',
            'Set it, so that the gateway can check the signature of callbacks',
          ),
        ]),
    ...(settings.from
      ? [await checkNumber(twilio, { variable: 'TWILIO_FROM', number: settings.from, able: 'sms' })]
      : []),
    ...(settings.messagingServiceSid ? [notChecked('the senders of TWILIO_MESSAGING_SERVICE_SID')] : []),
    ...(settings.callFrom
      ? [await checkNumber(twilio, { variable: 'TWILIO_CALL_FROM', number: settings.callFrom, able: 'voice' })]
      : []),
  ];
}

const notChecked = (what: string) =>
  warning(ABOUT, `not checked: ${what}`, 'Run "phonegate providers send-test" with a phone of yours');

function checkBalance({ balance, currency }: TwilioAccount): Finding {
  if (balance === undefined) return notChecked('the balance, which these credentials cannot read');
  return balance < LOW_BALANCE
    ? problem(
        ABOUT,
        `the balance is low: ${balance} ${currency}`,
        'Add funds to the account, or turn on auto-recharge; without funds, Twilio deactivates it',
      )
    : ok(ABOUT, `the credentials are valid, the balance is ${balance} ${currency}`);
}

async function checkNumber(
  twilio: Twilio,
  { variable, number, able }: { variable: string; number: string; able: 'sms' | 'voice' },
): Promise<Finding> {
  // Twilio has no list of alphanumeric senders, and short codes are in another.
  if (!number.startsWith('+')) return notChecked(`the sender of ${variable}, which is not a number`);
  const found = await readTwilioNumber(twilio, number);
  if (found && isFailed(found)) return notChecked(`the number of ${variable} (${found.detail})`);
  if (found?.[able]) return ok(ABOUT, `${variable} is a number of this account`);
  return found
    ? problem(ABOUT, `the number of ${variable} has no ${able}`, 'Set a number that has it')
    : problem(
        ABOUT,
        `${variable} is not a number of this account`,
        'Set a number that the console lists under Phone Numbers',
      );
}

function whyRefused({ failure, detail }: Failed): Finding {
  if (failure === 'authentication')
    return problem(
      ABOUT,
      `Twilio refuses the credentials (${detail})`,
      'Copy TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or TWILIO_API_KEY_SID with TWILIO_API_KEY_SECRET, from the console again',
    );
  if (failure === 'account_restricted')
    return problem(ABOUT, `the account is not active (${detail})`, 'The console shows why: often it has no funds');
  const connection = connectionAdvice(detail, 'TWILIO_URL');
  return connection
    ? problem(ABOUT, `no usable answer: ${connection.why}`, connection.advice)
    : problem(ABOUT, `no usable answer (${detail})`, 'Check TWILIO_URL and that this machine can reach it');
}
