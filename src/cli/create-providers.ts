import type { Config } from '../config/config.js';
import type { Channel } from '../delivery/channels/channel.js';
import { createChannels } from '../delivery/channels/channels.js';
import { type GreenApi, createGreenApi } from '../delivery/channels/green-api/client.js';
import { type Kavenegar, createKavenegar } from '../delivery/channels/kavenegar/client.js';
import { createLog } from '../log.js';

/** The providers as a command needs them: no database, no log. */
export interface Providers {
  greenApi: GreenApi | undefined;
  kavenegar: Kavenegar | undefined;
  hasMelipayamak: boolean;
  channels: Channel[];
}

export function createProviders(config: Config): Providers {
  const greenApi = createGreenApi(config.greenApi);
  // A command that was told to send is to send: the doctor says what state the instance is in.
  const instanceState = greenApi && { current: async () => undefined, saveState: async () => {} };
  const channels = createChannels({ config, greenApi, instanceState, log: createLog('silent') });
  return {
    greenApi,
    kavenegar: createKavenegar(config.kavenegar),
    hasMelipayamak: channels.some(({ name }) => name === 'melipayamak'),
    channels,
  };
}
