import type { User } from '../../users/user.js';
import { builder } from '../builder.js';

export const UserType = builder.objectRef<User>('User').implement({
  description: 'A user, identified by a phone number.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the user; the `sub` claim of the access token.' }),
    phone: t.exposeString('phone', { description: 'Phone number in E.164 format, with +.' }),
    name: t.exposeString('name', {
      nullable: true,
      description: 'Name that the user, an admin or an import set; null when none is set.',
    }),
    role: t.exposeString('role', { description: 'One of the roles in ROLES. New users have the first one.' }),
    locale: t.exposeString('locale', {
      nullable: true,
      description: 'Language of messages to the user: en, ru, kk, ky or fa; null when none is set.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the user was created: at the first sign-in, by an admin or by an import.',
    }),
  }),
});
