// The built gateway with rate limits, Redis and its log (to no file). The console channel replaces a provider: it writes
// messages to the same log.
import { loadConfig } from '../../dist/config/config.js';
import { createGateway } from '../../dist/gateway.js';
import { createHttpServer } from '../../dist/http/server.js';
import { createLog } from '../../dist/log.js';

const config = loadConfig(process.env);
const log = createLog(config.logLevel);
const server = createHttpServer(config, log);
const gateway = await createGateway({ config, databaseUrl: config.databaseUrl ?? '', server, log });
process.send?.({ port: await server.listen(gateway.handlers) });
process.on('message', (message) => {
  if (message !== 'waiting') return;
  globalThis.gc?.();
  globalThis.gc?.(); // frees objects that were finalized in the first run
  process.send?.({ ...gateway.waiting(), memory: process.memoryUsage() });
});
