import type { Config } from '../config/config.js';
import type { Channel } from '../delivery/channels/channel.js';
import { createChannels } from '../delivery/channels/channels.js';
import { type GreenApi, createGreenApi } from '../delivery/channels/green-api/client.js';
import { createLog } from '../log.js';

/** The providers as a command uses them: without a database and without a log. */
export interface Providers {
  greenApi: GreenApi | undefined;
  channels: Channel[];
}

export function createProviders(config: Config): Providers {
  const greenApi = createGreenApi(config.greenApi);
  // A command sends in any state of the instance. The doctor reports the state.
  const instanceState = greenApi && { current: async () => undefined, saveState: async () => {} };
  return {
    greenApi,
    channels: createChannels({
      config,
      greenApi,
      instanceState,
      publicUrl: config.publicUrl,
      log: createLog('silent'),
    }),
  };
}
