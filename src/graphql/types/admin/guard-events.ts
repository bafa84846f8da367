import { readGuardEvents } from '../../../admin/read-logs.js';
import type { GuardEventRecord } from '../../../guard/events/list-guard-events.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../auth/caller.js';
import { pageOfIds } from './page.js';
import { periodArgs } from './period.js';

const GuardActionEnum = builder.enumType('GuardAction', {
  description: 'What the guard did with a request.',
  values: {
    REFUSED: { value: 'refused', description: 'The client got an error, such as RateLimited.' },
    BLOCKED: {
      value: 'blocked',
      description: 'No message was sent. The client got the same answer as for a message that was sent.',
    },
    CAPTCHA: { value: 'captcha', description: 'The client was asked to solve a captcha.' },
  } as const,
});

const GuardEventType = builder.objectRef<GuardEventRecord>('GuardEvent').implement({
  description:
    'A request that the guard refused, or a message that it blocked. Equal ones of one second are one event.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the event.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When the guard refused or blocked the request.' }),
    rule: t.exposeString('rule', {
      description: 'Name of the limit, such as phone or country. The documentation lists all names.',
    }),
    action: t.expose('action', { type: GuardActionEnum, description: 'What the guard did.' }),
    maskedPhone: t.exposeString('maskedPhone', {
      nullable: true,
      description: 'Masked phone number; null when it is not known, or when many phones met the limit at once.',
    }),
    network: t.exposeString('network', {
      nullable: true,
      description:
        'IP address of the client, of an IPv6 address the /64 network; null when no client caused the event, or when many networks met the limit at once.',
    }),
    country: t.exposeString('country', {
      nullable: true,
      description: 'Country of the phone number, two letters (ISO 3166-1); null when it is not known.',
    }),
    channel: t.exposeString('channel', {
      nullable: true,
      description: 'Channel of a blocked message, as in DELIVERY_ROUTES; null when nothing was blocked.',
    }),
    attemptId: t.exposeID('attemptId', {
      nullable: true,
      description: 'UUID of the login attempt; null when the event concerns none.',
    }),
    until: t.expose('until', {
      type: 'DateTime',
      nullable: true,
      description: 'When the limit may stop to apply; null when waiting does not help.',
    }),
    count: t.exposeInt('count', { description: 'How many equal requests or messages this event stands for.' }),
  }),
});

builder.queryField('guardEvents', (t) =>
  t.connection(
    {
      type: GuardEventType,
      auth: 'admin',
      description:
        'What the guard refused and blocked, newest first. An event appears about a second after it happened. Reading adds an entry to the audit log. For admins; other users get FORBIDDEN.',
      args: {
        phone: t.arg.string({ description: 'Only events about this phone number, in any spelling.' }),
        network: t.arg.string({
          description: 'Only events caused from this IP address. Of IPv6, its /64 network counts.',
        }),
        rule: t.arg.string({ description: 'Only events of this limit.' }),
        ...periodArgs(),
      },
      resolve: async (_, args, context) => {
        const actor = await viewerIdOf(context);
        const { phone, network, rule, since, until } = args;
        const filter = { phone, network, rule, since, until };
        return pageOfIds(args, (page) => context.admin.read((deps) => readGuardEvents({ filter, page, actor }, deps)));
      },
    },
    { name: 'GuardEventsConnection', description: 'A page of guard events.' },
    { name: 'GuardEventsEdge', description: 'An event in a page of guard events.' },
  ),
);
