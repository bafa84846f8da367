// The gateway as it is shipped, with everything on: limits, log (to nowhere), Redis. The provider is a no-op: the console
// channel, whose line goes where the log goes.
import { loadConfig } from '../../dist/config/config.js';
import { createGateway } from '../../dist/gateway.js';
import { listen } from '../../dist/http/server.js';
import { createLog } from '../../dist/log.js';

const config = loadConfig(process.env);
const log = createLog(config.logLevel);
const server = await listen(config, log);
const gateway = await createGateway(config, config.databaseUrl ?? '', log);
server.open(gateway.doors);
process.send?.({ port: server.port });
process.on('message', (message) => {
  if (message !== 'waiting') return;
  globalThis.gc?.();
  globalThis.gc?.(); // what the first round finalised goes in the second
  process.send?.({ ...gateway.waiting(), memory: process.memoryUsage() });
});
