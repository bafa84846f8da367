import { type TestDatabase, createDatabase } from '../../support/gateway.js';
import { type Service, type World, createWorld } from '../world.js';

/** One fault, and all findings of the doctor about it. */
export interface Fault {
  /** Name of the fault, for the name of the test. */
  planted: string;
  plant(world: World, service: Service): unknown;
  /** Every finding that is not "ok"; none if there is no fault. */
  found: Expected[];
}

export interface Expected {
  about: string;
  message: RegExp;
  /** Must match the advice of the finding. */
  advice: RegExp;
  /** Default: a problem. */
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
