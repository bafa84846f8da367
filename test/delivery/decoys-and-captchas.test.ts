import { expect, test } from 'vitest';
import { requestOtp } from '../support/calls.js';
import { insertUsers, minutePasses } from '../support/rows.js';
import { useScenes } from './scene.js';

const { scene } = useScenes();

/** With the default limits of the guard, unlike most tests. */
const DEFAULTS = { SIGN_UP: 'closed', CAPTCHA: 'altcha', UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '' };

test('with sign-up closed, captchas and limits do not show whose phone gets real messages', async (context) => {
  const { gateway, database } = await scene(context, { env: DEFAULTS });
  let networks = 0;
  const ask = async (phone: string) => {
    networks += 1;
    const headers = { 'x-forwarded-for': `203.${networks}.113.1` };
    return (await requestOtp(gateway.graphqlUrl, { phone }, headers)).__typename;
  };
  const answersFor = async (phone: string) => {
    const answers: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      answers.push(await ask(phone));
      await minutePasses(database, phone);
      if (round === 3)
        await database.query(`UPDATE login_attempts SET status = 'CANCELED', active_slot = NULL WHERE phone = $1`, [
          phone,
        ]);
    }
    // Another phone of the same ten thousand numbers.
    return [...answers, await ask(`${phone.slice(0, -4)}9999`)];
  };
  await insertUsers(database, [{ phone: '+77015550002' }]);
  const ofMember = await answersFor('+77015550002');
  const ofStranger = await answersFor('+77026660002');
  expect(ofMember).toContain('CaptchaRequired');
  expect(ofMember).toEqual(ofStranger);
});
