import type { Config } from '../../config/config.js';
import { hasEnded } from '../../config/test-phones.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { array, text } from '../../db/types.js';
import { countryOf } from '../../phone/phone-country.js';
import { isAllowedPhone } from '../../phone/is-allowed-phone.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { type Finding, ok, problem } from './finding.js';

const ABOUT = 'test-phones';

const READ_PRIVILEGED = statement({
  name: 'cli/doctor_read_privileged_test_phones',
  sql: 'SELECT phone FROM users WHERE phone = ANY(:phones::text[]) AND role <> :role ORDER BY phone',
  parameters: { phones: array(text), role: text },
  columns: { phone: text },
});

interface TestPhonesCheck {
  config: Config;
  client: Queryable | undefined;
}

/** Checks that each test phone can be used, and that none is forgotten or belongs to a user with a role above the first. */
export async function checkTestPhones({ config, client }: TestPhonesCheck): Promise<Finding[]> {
  const phones = [...config.testPhones];
  if (phones.length === 0) return [];
  const findings = phones.flatMap(([phone, testPhone]) => {
    const masked = maskPhone(phone);
    if (hasEnded(testPhone))
      return problem(ABOUT, `the last day of ${masked} is over (${testPhone.lastDay})`, 'Remove it from TEST_PHONES');
    if (!isAllowedPhone({ e164: phone, country: countryOf(phone) }, config))
      return problem(
        ABOUT,
        `${masked} gets no code, because ALLOWED_COUNTRIES or DENIED_PREFIXES excludes it`,
        'Choose another phone for TEST_PHONES',
      );
    return [];
  });
  // If the table cannot be read, the check of the migrations reports it.
  const privileged = client
    ? await runStatement(client, READ_PRIVILEGED, {
        phones: phones.map(([phone]) => phone),
        role: config.roles[0],
      }).catch(() => [])
    : [];
  for (const { phone } of privileged)
    findings.push(
      problem(
        ABOUT,
        `${maskPhone(phone)} belongs to a user with a role above ${config.roles[0]}: its code opens no session`,
        'Remove it from TEST_PHONES, or give the user the first role',
      ),
    );
  if (findings.length > 0) return findings;
  const days = phones.map(([, { lastDay }]) => lastDay).toSorted();
  return [ok(ABOUT, `${phones.length} with a fixed code, the next last day is ${days[0]}`)];
}
