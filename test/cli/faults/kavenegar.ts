import { UNREACHABLE_URL, type World } from '../world.js';
import type { Fault } from './fault.js';

const ABOUT = 'kavenegar';

/** A result with its own HTTP status, as all results of Kavenegar have. */
const refusal = (status: number) => ({
  status,
  body: JSON.stringify({ return: { status, message: '' }, entries: null }),
});

export const KAVENEGAR: Fault[] = [
  {
    planted: 'another key',
    plant: ({ env }) => (env['KAVENEGAR_API_KEY'] = 'AnOldKeyOfKavenegar'),
    found: [{ about: ABOUT, message: /refuses the key \(403\)/, advice: /Copy KAVENEGAR_API_KEY/ }],
  },
  {
    planted: 'an IP address that is not on the list',
    plant: ({ kavenegar }) => (kavenegar.allowed = false),
    found: [
      { about: ABOUT, message: /IP address of this machine is not allowed \(407\)/, advice: /list of IP addresses/ },
    ],
  },
  {
    planted: 'an IP address that does not match the settings',
    plant: ({ kavenegar }) => (kavenegar.addressMismatch = true),
    found: [
      { about: ABOUT, message: /IP address of this machine is not allowed \(416\)/, advice: /list of IP addresses/ },
    ],
  },
  {
    planted: 'an account that is disabled',
    plant: ({ kavenegar }) => (kavenegar.disabled = true),
    found: [{ about: ABOUT, message: /account is disabled \(401\)/, advice: /Ask Kavenegar to enable it/ }],
  },
  {
    planted: 'too many calls',
    plant: ({ kavenegar }) => (kavenegar.fault = refusal(451)),
    found: [{ about: ABOUT, message: /too many requests from this IP address \(451\)/, advice: /again/ }],
  },
  {
    planted: 'a URL where no server runs',
    plant: ({ env }) => (env['KAVENEGAR_URL'] = UNREACHABLE_URL),
    found: [{ about: ABOUT, message: /ECONNREFUSED/, advice: /Check KAVENEGAR_URL/ }],
  },
  {
    planted: 'a low credit',
    plant: ({ kavenegar }) => (kavenegar.account.remaincredit = 99_000),
    found: [{ about: ABOUT, message: /credit is low: 99000 Rial/, advice: /Add credit to the account/ }],
  },
  {
    planted: 'a credit below the warning level of the account',
    plant: ({ kavenegar }) => (kavenegar.config.mincreditalarm = '2000000'),
    found: [{ about: ABOUT, message: /credit is low: 1000000 Rial/, advice: /Add credit to the account/ }],
  },
  {
    planted: 'debug mode',
    plant: ({ kavenegar }) => (kavenegar.config.debugmode = 'enabled'),
    found: [{ about: ABOUT, message: /debug mode is on: .* nothing is sent/, advice: /Turn debugmode off/ }],
  },
  {
    planted: 'codes that Kavenegar stores, and sends again after they have expired',
    plant: ({ kavenegar }) => Object.assign(kavenegar.config, { apilogs: 'enabled', resendfailed: 'true' }),
    found: [
      { about: ABOUT, level: 'warning', message: /stores the codes/, advice: /Set apilogs/ },
      { about: ABOUT, level: 'warning', message: /sends failed messages again/, advice: /Turn resendfailed off/ },
    ],
  },
  {
    planted: 'a negative credit',
    plant: ({ kavenegar }) => (kavenegar.account.remaincredit = -5_000),
    found: [{ about: ABOUT, message: /credit is negative: -5000 Rial/, advice: /Add credit/ }],
  },
  {
    planted: 'no line, neither configured nor a default of the account',
    plant: ({ kavenegar }) => (kavenegar.config.defaultsender = ''),
    found: [{ about: ABOUT, message: /no line to send plain SMS from/, advice: /Set KAVENEGAR_SENDER/ }],
  },
  {
    planted: 'nothing wrong: a configured line, and no default of the account',
    plant({ env, kavenegar }: World) {
      env['KAVENEGAR_SENDER'] = '10004346';
      kavenegar.config.defaultsender = '';
    },
    found: [],
  },
  {
    planted: 'settings that this IP address cannot read',
    plant: ({ kavenegar }) => kavenegar.faults.set('account/config', refusal(407)),
    found: [{ about: ABOUT, level: 'warning', message: /settings cannot be read/, advice: /list in the panel/ }],
  },
  {
    planted: 'no template',
    plant: ({ env }) => delete env['KAVENEGAR_TEMPLATE'],
    found: [{ about: ABOUT, level: 'warning', message: /KAVENEGAR_TEMPLATE is not set/, advice: /approved/ }],
  },
];
