import { type TestDatabase, createDatabase } from '../../support/gateway.js';
import { type Service, type World, createWorld } from '../world.js';

/** One thing that is wrong, and all that the doctor says of it. */
export interface Fault {
  /** In the words of whoever made the mistake. */
  planted: string;
  plant(world: World, service: Service): unknown;
  /** Every finding that is not "ok"; none for what must not alarm anybody. */
  found: Expected[];
}

export interface Expected {
  about: string;
  message: RegExp;
  /** Names what to do. */
  advice: RegExp;
  /** Unless it is a problem. */
  level?: 'warning';
}

/** Another database than the gateway's, for a test to spoil. */
export async function ownDatabase(world: World, options?: { migrated: boolean }): Promise<TestDatabase> {
  const database = await createDatabase(options);
  world.atTheEnd(() => database.drop());
  world.env['DATABASE_URL'] = database.url;
  return database;
}

export async function inAWorld<T>(service: Service, act: (world: World) => Promise<T>): Promise<T> {
  const world = await createWorld(service);
  try {
    return await act(world);
  } finally {
    await world.end();
  }
}
