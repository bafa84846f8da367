import type { PrismaPg } from '@prisma/adapter-pg';

/**
 * Prisma's adapter cuts a migration at every semicolon, also inside the body of a function, and runs the pieces one by one,
 * so that one that fails leaves those before it done. The server reads scripts by itself, whole and in one transaction.
 */
export function sendWholeScripts(factory: PrismaPg): PrismaPg {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => void (await adapter.executeRaw({ sql: script, args: [], argTypes: [] }));
    return adapter;
  };
  return factory;
}
