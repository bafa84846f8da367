import { createKeyring } from '../../../src/config/keys.js';
import { insertSigningKey, insertUser } from '../../support/rows.js';
import { type Fault, ownDatabase } from './fault.js';

const SECRET_BEFORE = '4GX9LwiANn83x5REjVDZpaMvuUbFWCgmhqke';

export const USERS: Fault[] = [
  {
    planted: 'a phone in the table that cannot be parsed',
    async plant(world) {
      const database = await ownDatabase(world);
      await insertUser(database, { phone: 'none yet' });
    },
    found: [{ about: 'users', message: /^1 user has .*not in E\.164/, advice: /Correct the others/ }],
  },
  {
    planted: 'sign-up closed, and nobody in the table',
    async plant(world) {
      await ownDatabase(world);
      world.env['SIGN_UP'] = 'closed';
    },
    found: [{ about: 'users', message: /SIGN_UP is closed, and there is no user/, advice: /phonegate users add/ }],
  },
  {
    planted: 'a role that is no longer configured',
    async plant(world) {
      const database = await ownDatabase(world);
      await insertUser(database, { role: 'COURIER' });
    },
    found: [{ about: 'users', level: 'warning', message: /COURIER/, advice: /ROLES/ }],
  },
];

export const KEYS: Fault[] = [
  {
    planted: 'a signing key that only the previous secret decrypts',
    async plant(world) {
      const database = await ownDatabase(world);
      await insertSigningKey(database, { keyId: createKeyring(SECRET_BEFORE).current.id });
      world.env['GATEWAY_SECRET_PREVIOUS'] = SECRET_BEFORE;
    },
    found: [{ about: 'keys', level: 'warning', message: /GATEWAY_SECRET_PREVIOUS/, advice: /phonegate keys rotate/ }],
  },
  {
    planted: 'a secret that no key was encrypted with',
    async plant(world) {
      const database = await ownDatabase(world);
      await insertSigningKey(database, { keyId: createKeyring(SECRET_BEFORE).current.id });
    },
    found: [{ about: 'keys', message: /does not decrypt the signing key/, advice: /earlier secret/ }],
  },
];
