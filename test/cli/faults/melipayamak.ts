import { UNREACHABLE_URL, type World } from '../world.js';
import type { Fault } from './fault.js';

const ABOUT = 'melipayamak';

/** With a token instead of user and password. */
export function byConsole({ env, melipayamak }: World): void {
  for (const name of ['MELIPAYAMAK_USERNAME', 'MELIPAYAMAK_PASSWORD', 'MELIPAYAMAK_URL', 'SMS_SENDER_NUMBER'])
    delete env[name];
  env['MELIPAYAMAK_CONSOLE_TOKEN'] = melipayamak.consoleToken;
  env['MELIPAYAMAK_URL'] = 'http://rest.invalid'; // the console API does not use this URL, so it need not be reachable
}

export const MELIPAYAMAK: Fault[] = [
  {
    planted: 'another password',
    plant: ({ env }) => (env['MELIPAYAMAK_PASSWORD'] = 'an-old-password'),
    found: [
      { about: ABOUT, message: /refuses the credentials/, advice: /MELIPAYAMAK_USERNAME and MELIPAYAMAK_PASSWORD/ },
    ],
  },
  {
    planted: 'the password, when only the API key is accepted',
    plant: ({ melipayamak }) => (melipayamak.flags.apiKeyOnly = true),
    found: [{ about: ABOUT, message: /\(-110\)/, advice: /Set MELIPAYAMAK_PASSWORD to the API key/ }],
  },
  {
    planted: 'an IP address that was blocked',
    plant: ({ melipayamak }) => (melipayamak.flags.blockedIp = true),
    found: [{ about: ABOUT, message: /IP address of this machine is not allowed \(-108\)/, advice: /panel/ }],
  },
  {
    planted: 'another allowed IP address',
    plant: ({ melipayamak }) => (melipayamak.flags.allowedIp = 'other'),
    found: [
      {
        about: ABOUT,
        message: /IP address of this machine is not allowed \(-111\)/,
        advice: /allowed IP address in the panel/,
      },
    ],
  },
  {
    planted: 'a URL where no server runs',
    plant: ({ env }) => (env['MELIPAYAMAK_URL'] = UNREACHABLE_URL),
    found: [{ about: ABOUT, message: /ECONNREFUSED/, advice: /Check MELIPAYAMAK_URL/ }],
  },
  {
    planted: 'a low credit',
    plant: ({ melipayamak }) => (melipayamak.credit = 99.5),
    found: [{ about: ABOUT, message: /credit is low: 99 SMS/, advice: /Add credit to the account/ }],
  },
  {
    planted: 'a negative credit',
    plant: ({ melipayamak }) => (melipayamak.credit = -12),
    found: [{ about: ABOUT, message: /credit is negative: -12 SMS/, advice: /Add credit to the account/ }],
  },
  {
    planted: 'a line of another account',
    plant: ({ env }) => (env['SMS_SENDER_NUMBER'] = '50009999999999'),
    found: [{ about: ABOUT, message: /SMS_SENDER_NUMBER is not a line of this account/, advice: /lines in the panel/ }],
  },
  {
    planted: 'no pattern',
    plant: ({ env }) => delete env['MELIPAYAMAK_BODY_ID'],
    found: [{ about: ABOUT, level: 'warning', message: /MELIPAYAMAK_BODY_ID is not set/, advice: /approved/ }],
  },
  {
    planted: 'nothing wrong: only the console API',
    plant: byConsole,
    found: [],
  },
  {
    planted: 'another token of the console',
    plant(world) {
      byConsole(world);
      world.env['MELIPAYAMAK_CONSOLE_TOKEN'] = 'an-old-token';
    },
    found: [{ about: ABOUT, message: /refuses the credentials \(HTTP 401\)/, advice: /MELIPAYAMAK_CONSOLE_TOKEN/ }],
  },
  {
    planted: 'a console URL where no server runs',
    async plant(world) {
      byConsole(world);
      world.env['MELIPAYAMAK_CONSOLE_URL'] = UNREACHABLE_URL;
    },
    found: [{ about: ABOUT, message: /ECONNREFUSED/, advice: /Check MELIPAYAMAK_CONSOLE_URL/ }],
  },
];
