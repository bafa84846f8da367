import type { User } from '../../users/user.js';
import { builder } from '../builder.js';

export const UserType = builder.objectRef<User>('User').implement({
  description: 'A person, known by a phone number.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID; the `sub` of the access token.' }),
    phone: t.exposeString('phone', { description: 'E.164, with +.' }),
    name: t.exposeString('name', { nullable: true, description: 'As the person, an admin or an import gave it.' }),
    role: t.exposeString('role', {
      description: 'One of the configured roles; the first of them unless somebody decided otherwise.',
    }),
    locale: t.exposeString('locale', { nullable: true, description: 'Language of messages: en, ru, kk, ky or fa.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'First sign-in, or import.' }),
  }),
});
