import { PrismaPg } from '@prisma/adapter-pg';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { loadSchemaEngine } from '../../src/db/schema-engine.js';
import { createDatabase } from '../support/gateway.js';

const registry = globalThis as { PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void } | undefined };

async function emptyDatabase() {
  const database = await createDatabase({ migrated: false });
  onTestFinished(() => database.drop());
  return database;
}

// The second module took the memory of the first, and panicked.
test('a process can migrate several databases, also at once', async () => {
  const databases = [await emptyDatabase(), await emptyDatabase()];
  const [first, second] = await Promise.all(databases.map(({ url }) => migrate(url)));
  expect(first?.length).toBeGreaterThan(10);
  expect(second).toEqual(first);
});

test('a panic of the engine is an error that says so, where Prisma has set nothing that receives it', async () => {
  const { PRISMA_WASM_PANIC_REGISTRY: before } = registry;
  registry.PRISMA_WASM_PANIC_REGISTRY = undefined;
  onTestFinished(() => {
    registry.PRISMA_WASM_PANIC_REGISTRY = before;
  });
  const { url } = await emptyDatabase();
  const engine = await loadSchemaEngine('datasource db { provider = "postgresql" }', new PrismaPg(url));
  onTestFinished(() => engine.free());
  expect(() => registry.PRISMA_WASM_PANIC_REGISTRY?.set_message('index out of bounds')).toThrow(
    "Prisma's schema engine has failed: index out of bounds",
  );
});
