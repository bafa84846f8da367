import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DefaultTheme } from 'vitepress';

const DOCS = join(import.meta.dirname, '..');

/** The decisions, under their titles. */
const decisions = readdirSync(join(DOCS, 'decisions'))
  .filter((file) => /^\d{4}-.+\.md$/.test(file))
  .toSorted()
  .map((file) =>
    page(
      /^# (.+)$/m.exec(readFileSync(join(DOCS, 'decisions', file), 'utf8'))?.[1] ?? file,
      `/decisions/${basename(file, '.md')}`,
    ),
  );

/** Every page of the site, in reading order. A test compares it with the files. */
export const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: 'Introduction',
    items: [page('Getting started', '/getting-started'), page('Architecture', '/architecture')],
  },
  {
    text: 'Guides',
    items: [
      page('Login page', '/guides/login-page'),
      page('Client', '/guides/client'),
      page('React', '/guides/react'),
      page('Captchas', '/guides/captcha'),
      page('Back to an application', '/guides/authorization-code'),
      page('GraphQL API', '/guides/graphql'),
      page('Apollo Client and urql', '/guides/graphql-clients'),
      page('Backends', '/guides/backends'),
      page('Sessions', '/guides/sessions'),
      page('Change of phone', '/guides/phone-change'),
      page('Users and roles', '/guides/users'),
      page('Templates', '/guides/templates'),
      page('Admin API', '/guides/admin'),
      page('Development', '/guides/development'),
      page('Examples', '/guides/examples'),
    ],
  },
  {
    text: 'Providers',
    items: [
      page('Channels', '/providers/channels'),
      page('Green API', '/providers/green-api'),
      page('Kavenegar', '/providers/kavenegar'),
      page('Melipayamak', '/providers/melipayamak'),
      page('WhatsApp Cloud API', '/providers/whatsapp-cloud'),
      page('Telegram Gateway', '/providers/telegram-gateway'),
      page('Twilio', '/providers/twilio'),
      page('Green API for MAX', '/providers/green-api-max'),
      page('Any provider', '/providers/http-channels'),
    ],
  },
  {
    text: 'Operations',
    items: [
      page('Configuration', '/operations/configuration'),
      page('Delivery of codes', '/operations/delivery'),
      page('Doctor and command line', '/operations/command-line'),
      page('Health', '/operations/health'),
      page('Logs and alerts', '/operations/logs'),
      page('Limits', '/operations/limits'),
      page('Protection from abuse', '/operations/abuse'),
      page('Test phones', '/operations/test-phones'),
      page('PostgreSQL', '/operations/postgresql'),
      page('Several instances', '/operations/scaling'),
      page('Reverse proxies', '/operations/reverse-proxies'),
      page('Docker', '/operations/docker'),
      page('Database roles', '/operations/database-roles'),
      page('Backups', '/operations/backups'),
      page('Keys and secrets', '/operations/keys'),
      page('Upgrading', '/operations/upgrading'),
      page('Benchmarks', '/operations/benchmarks'),
    ],
  },
  {
    text: 'Troubleshooting',
    items: [
      page('Error codes', '/troubleshooting/errors'),
      page('Log events', '/troubleshooting/log-events'),
      page('Doctor findings', '/troubleshooting/doctor'),
    ],
  },
  {
    text: 'Reference',
    items: [
      page('Configuration', '/reference/configuration'),
      page('GraphQL operations', '/reference/graphql'),
      page('GraphQL types', '/reference/graphql-types'),
      page('Error codes', '/reference/errors'),
      page('Log events', '/reference/log-events'),
      page('Limits', '/reference/limits'),
      page('Routes', '/reference/routes'),
      page('Command line', '/reference/command-line'),
      page('Table ownership', '/reference/tables'),
      page('Retention', '/reference/retention'),
    ],
  },
  {
    text: 'Background',
    items: [
      page('Threat model', '/security/threat-model'),
      page('Security requirements', '/security/requirements'),
      page('The simulated week', '/security/simulated-week'),
      { text: 'Decisions', link: '/decisions/', collapsed: true, items: decisions },
    ],
  },
];

function page(text: string, link: string): DefaultTheme.SidebarItem {
  return { text, link };
}
