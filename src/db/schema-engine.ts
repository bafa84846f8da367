import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

/** The part of the WebAssembly standard that Node's type declarations leave to those of the browser. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

/** Prisma's WebAssembly calls this object when it panics. Prisma's client sets it when it is loaded. */
type PanicRegistry = { PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void } };

/** The module of this process: its functions are global, so a second module would take them from the first. */
let loaded: Promise<void> | undefined;

/**
 * Prisma's schema engine as WebAssembly, so that a migration needs no engine download. Its 5 MB are loaded only when
 * there is something to migrate, and once per process.
 *
 * @throws when the engine has panicked before: its memory is in an unknown state
 */
export async function loadSchemaEngine(schema: string, adapter: PrismaPg): Promise<bindings.SchemaEngine> {
  (globalThis as PanicRegistry).PRISMA_WASM_PANIC_REGISTRY ??= { set_message: reportPanic };
  await (loaded ??= load());
  return bindings.SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
}

async function load(): Promise<void> {
  const file = join(
    dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')),
    'schema_engine_bg.wasm',
  );
  const wasm = await WebAssembly.instantiate(readFileSync(file), {
    './schema_engine_bg.js': bindings,
  });
  const { exports } = wasm.instance;
  bindings.__wbg_set_wasm(exports);
  (exports['__wbindgen_start'] as () => void)();
}

/** How the message of a panic begins. */
export const ENGINE_FAILED = "Prisma's schema engine has failed";

/** Without this, the error is that `set_message` of undefined cannot be read. */
function reportPanic(message: string): never {
  throw new Error(`${ENGINE_FAILED}: ${message}`);
}
