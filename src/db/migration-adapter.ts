import type { PrismaPg } from '@prisma/adapter-pg';

/**
 * Makes Prisma's adapter send each migration as a whole, which PostgreSQL runs in one transaction. By default the
 * adapter splits it at every semicolon, also inside the body of a function, and runs the parts one by one: when one
 * fails, the earlier ones stay applied. See docs/decisions/0018.
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
