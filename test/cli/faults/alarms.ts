import { randomUUID } from 'node:crypto';
import { minUuidAt } from '../../../src/db/uuid-time.js';
import type { World } from '../world.js';
import { type Fault, ownDatabase } from './fault.js';

/** Writes an entry as a gateway does, some hours ago. */
async function record(world: World, { event, ip, hours }: { event: string; ip: string; hours: number }): Promise<void> {
  const database = await ownDatabase(world);
  const at = new Date(Date.now() - hours * 3_600_000);
  const id = `${minUuidAt(at).slice(0, 24)}${randomUUID().slice(24)}`;
  await database.query('INSERT INTO audit_log (id, at, event, ip) VALUES ($1, $2, $3, $4)', [id, at, event, ip]);
}

export const ALARMS: Fault[] = [
  {
    planted: 'a proxy that TRUSTED_PROXY_HOPS does not count',
    plant: (world) => record(world, { event: 'proxy.undeclared', ip: '172.17.0.1', hours: 3 }),
    found: [
      {
        about: 'proxy',
        message: /^a proxy at 172\.17\.0\.1 forwards requests, but TRUSTED_PROXY_HOPS is 0/,
        advice: /Set TRUSTED_PROXY_HOPS/,
      },
    ],
  },
  {
    planted: 'a proxy that is counted since',
    async plant(world) {
      await record(world, { event: 'proxy.undeclared', ip: '172.17.0.1', hours: 3 });
      world.env['TRUSTED_PROXY_HOPS'] = '1';
    },
    found: [],
  },
  {
    planted: 'a proxy that was seen two days ago',
    plant: (world) => record(world, { event: 'proxy.undeclared', ip: '172.17.0.1', hours: 48 }),
    found: [],
  },
  {
    planted: 'guesses that are spread over many phones',
    plant: (world) => record(world, { event: 'guard.spray', ip: '203.0.113.7', hours: 1 }),
    found: [
      {
        about: 'guard',
        level: 'warning',
        message: /^somebody tried codes of many phones once in the last 24 hours$/,
        advice: /block the networks/,
      },
    ],
  },
  {
    planted: 'a network that has spent its budget',
    plant: (world) => record(world, { event: 'guard.network_spent', ip: '203.0.113.7', hours: 1 }),
    found: [
      {
        about: 'guard',
        level: 'warning',
        message: /^a client network left too many codes unused.* once in the last 24 hours, last from 203\.0\.113\.7$/,
        advice: /block the network/,
      },
    ],
  },
  {
    planted: 'a flood of WhatsApp logins',
    plant: (world) => record(world, { event: 'whatsapp.starts_flooded', ip: '203.0.113.7', hours: 1 }),
    found: [
      {
        about: 'guard',
        level: 'warning',
        message: /^far more WhatsApp logins were started than usual once in the last 24 hours$/,
        advice: /block their networks/,
      },
    ],
  },
  {
    planted: 'guesses of a webhook token',
    plant: (world) => record(world, { event: 'webhook.guessing', ip: '203.0.113.7', hours: 1 }),
    found: [
      {
        about: 'webhook',
        level: 'warning',
        message: /^somebody tried to guess the token of a webhook in one minute .* 203\.0\.113\.7$/,
        advice: /block the address/,
      },
    ],
  },
];
