import type { Config } from '../../config/config.js';
import type { Log } from '../../log.js';
import type { Channel } from './channel.js';
import { createConsoleChannel } from './console/index.js';
import type { GreenApi } from './green-api/client.js';
import { createGreenApiChannel } from './green-api/index.js';
import type { InstanceState } from './green-api/instance-state.js';
import { createKavenegar } from './kavenegar/client.js';
import { createKavenegarSms, createKavenegarVerify } from './kavenegar/index.js';
import { createMelipayamakChannel } from './melipayamak/index.js';

/** Creates the channels that are configured. */
export function createChannels(deps: {
  config: Config;
  greenApi: GreenApi | undefined;
  instanceState: Pick<InstanceState, 'current'> | undefined;
  log: Log;
}): Channel[] {
  const { config, greenApi, instanceState, log } = deps;
  const kavenegar = createKavenegar(config.kavenegar);
  return [
    greenApi && instanceState && createGreenApiChannel({ greenApi, instanceState }),
    kavenegar && createKavenegarVerify(config.kavenegar, { kavenegar }),
    kavenegar && createKavenegarSms(config.kavenegar, { kavenegar }),
    createMelipayamakChannel(config.melipayamak),
    // It writes codes into the log.
    config.production ? undefined : createConsoleChannel({ log }),
  ].filter((channel) => channel !== undefined);
}
