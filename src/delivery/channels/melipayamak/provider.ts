import { z } from 'zod';
import { baseUrl, lineNumber, pathPart } from '../../../config/forms.js';
import { accountReport, refusedAccount } from '../account-report.js';
import { isFailed } from '../http.js';
import { defineProvider } from '../provider.js';
import { readMelipayamakAccount } from './account.js';
import { checkMelipayamak } from './check.js';
import type { MelipayamakSettings } from './client.js';
import { createMelipayamakChannel } from './index.js';

export const melipayamak = defineProvider({
  title: 'Melipayamak (SMS in Iran)',
  environment: {
    MELIPAYAMAK_URL: baseUrl('https://rest.payamak-panel.com'),
    MELIPAYAMAK_USERNAME: z.string().optional(),
    MELIPAYAMAK_PASSWORD: z.string().optional(),
    MELIPAYAMAK_BODY_ID: z
      .string()
      .regex(/^\d{1,10}$/, 'must be the number of an approved pattern, 1 to 10 digits')
      .optional(),
    MELIPAYAMAK_CONSOLE_URL: baseUrl('https://console.melipayamak.com'),
    MELIPAYAMAK_CONSOLE_TOKEN: pathPart.optional(),
    SMS_SENDER_NUMBER: lineNumber.optional(),
  },
  variables: {
    MELIPAYAMAK_URL: {
      meaning: "The URL of Melipayamak's REST API.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://rest.payamak-panel.com',
    },
    MELIPAYAMAK_USERNAME: {
      secret: true,
      meaning: 'The user of your Melipayamak account. It needs `MELIPAYAMAK_PASSWORD`.',
      unset: 'REST is not used',
    },
    MELIPAYAMAK_PASSWORD: {
      secret: true,
      sentTo: 'MELIPAYAMAK_URL',
      meaning:
        'The password of the account, or the API key if the account no longer accepts a password. It needs `MELIPAYAMAK_USERNAME`.',
      unset: 'REST is not used',
    },
    MELIPAYAMAK_BODY_ID: {
      meaning:
        'The number of your approved pattern, which has exactly one placeholder, for the code. It needs the user and the password, or `MELIPAYAMAK_CONSOLE_TOKEN`.',
      form: '1 to 10 digits.',
      unset: 'the gateway sends no pattern',
    },
    MELIPAYAMAK_CONSOLE_URL: {
      meaning: "The URL of Melipayamak's console API.",
      form: 'A URL with `https://` or `http://`, without user and password.',
      fallback: 'https://console.melipayamak.com',
    },
    MELIPAYAMAK_CONSOLE_TOKEN: {
      secret: true,
      sentTo: 'MELIPAYAMAK_CONSOLE_URL',
      meaning:
        'The token of the console API. With it, the gateway sends patterns through the console instead of REST. It needs `MELIPAYAMAK_BODY_ID`.',
      form: 'Letters, digits and `. _ ~ % + = -`.',
      unset: 'the gateway sends patterns through REST',
    },
    SMS_SENDER_NUMBER: {
      meaning:
        'The line (sender number) of your Melipayamak account for plain texts. The gateway uses it if Melipayamak refuses the pattern, or if there is no pattern. It has no effect without `MELIPAYAMAK_USERNAME`.',
      form: "4 to 20 digits. Spaces, dashes, brackets and Iran's country code are dropped.",
      unset: 'the gateway sends no plain texts through Melipayamak',
    },
  },
  settings: (env) => ({
    url: env.MELIPAYAMAK_URL,
    username: env.MELIPAYAMAK_USERNAME,
    password: env.MELIPAYAMAK_PASSWORD,
    /** Number of the approved pattern. */
    bodyId: env.MELIPAYAMAK_BODY_ID,
    consoleUrl: env.MELIPAYAMAK_CONSOLE_URL,
    consoleToken: env.MELIPAYAMAK_CONSOLE_TOKEN,
    /** The line for plain texts, used when the pattern is refused. */
    sender: env.SMS_SENDER_NUMBER,
  }),
  problems: melipayamakProblems,
  channels: [
    {
      name: 'melipayamak',
      kind: 'sms',
      description: 'SMS through Melipayamak with an approved pattern.',
      label: 'Melipayamak',
      needs: 'MELIPAYAMAK_USERNAME, MELIPAYAMAK_PASSWORD and MELIPAYAMAK_BODY_ID (or MELIPAYAMAK_CONSOLE_TOKEN)',
      countries: ['IR'],
      // About 1,500 to 4,000 rials for a text of two parts in Persian (melipayamak.com/price, November 2026).
      price: { currency: 'USD', amounts: { '*': '0.005' } },
      usual: { answerMs: 700 },
      refusable: { sender: 'SMS_SENDER_NUMBER', template: 'MELIPAYAMAK_BODY_ID' },
      unproven: ({ bodyId }) =>
        bodyId === undefined
          ? { what: 'SMS_SENDER_NUMBER' }
          : { what: `MELIPAYAMAK_BODY_ID (${bodyId})`, template: bodyId },
      isConfigured,
    },
  ],
  create: (settings) => [createMelipayamakChannel(settings)],
  apis(settings) {
    if (!isConfigured(settings)) return [];
    const api = { about: 'melipayamak', name: 'Melipayamak' };
    return settings.username === undefined
      ? [{ ...api, url: settings.consoleUrl, variable: 'MELIPAYAMAK_CONSOLE_URL' }]
      : [{ ...api, url: settings.url, variable: 'MELIPAYAMAK_URL' }];
  },
  check: async (settings) => (isConfigured(settings) ? checkMelipayamak(settings) : []),
  async account(settings) {
    if (!isConfigured(settings)) return undefined;
    const account = await readMelipayamakAccount(settings);
    return isFailed(account)
      ? refusedAccount('melipayamak', account)
      : accountReport('melipayamak', { 'credit (SMS)': account.credit, lines: account.lines?.join(', ') });
  },
});

function isConfigured({ username, password, bodyId, consoleToken, sender }: MelipayamakSettings): boolean {
  const hasRest = username !== undefined && password !== undefined;
  return (bodyId !== undefined && (hasRest || consoleToken !== undefined)) || (hasRest && sender !== undefined);
}

/**
 * Melipayamak sends a pattern through the console (token, body ID) or through REST (user, password, body ID), or a
 * plain text from a line.
 */
function melipayamakProblems(env: Record<string, string | undefined>): string[] {
  const has = (name: string) => Boolean(env[`MELIPAYAMAK_${name}`]);
  const problems: string[] = [];
  if (has('USERNAME') && !has('PASSWORD'))
    problems.push('MELIPAYAMAK_PASSWORD is missing: MELIPAYAMAK_USERNAME needs it (use the API key as password)');
  if (has('PASSWORD') && !has('USERNAME'))
    problems.push('MELIPAYAMAK_USERNAME is missing: MELIPAYAMAK_PASSWORD needs it');
  if (has('BODY_ID') && !has('USERNAME') && !has('PASSWORD') && !has('CONSOLE_TOKEN'))
    problems.push(
      'MELIPAYAMAK_USERNAME and MELIPAYAMAK_PASSWORD are missing: MELIPAYAMAK_BODY_ID needs them (or MELIPAYAMAK_CONSOLE_TOKEN)',
    );
  if (env['SMS_SENDER_NUMBER'] && has('BODY_ID') && has('CONSOLE_TOKEN') && !has('USERNAME') && !has('PASSWORD'))
    problems.push(
      'MELIPAYAMAK_USERNAME and MELIPAYAMAK_PASSWORD are missing: SMS_SENDER_NUMBER needs them, because the console sends no plain texts',
    );
  if (has('CONSOLE_TOKEN') && !has('BODY_ID'))
    problems.push(
      'MELIPAYAMAK_BODY_ID is missing: with MELIPAYAMAK_CONSOLE_TOKEN, the gateway can send only by an approved pattern',
    );
  if (has('USERNAME') && has('PASSWORD') && !has('BODY_ID') && !has('CONSOLE_TOKEN') && !env['SMS_SENDER_NUMBER'])
    problems.push(
      'MELIPAYAMAK_BODY_ID is missing: set it to the number of an approved pattern (or set SMS_SENDER_NUMBER for plain texts, which is less reliable)',
    );
  return problems;
}
