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

/** The channels that are configured. One that is not does not exist. */
export function createChannels(parts: {
  config: Config;
  greenApi: GreenApi | undefined;
  instanceState: InstanceState | undefined;
  log: Log;
}): Channel[] {
  const { config, greenApi, instanceState, log } = parts;
  const kavenegar = createKavenegar(config.kavenegar);
  return [
    greenApi && instanceState && createGreenApiChannel(greenApi, instanceState),
    kavenegar && createKavenegarVerify(kavenegar, config.kavenegar),
    kavenegar && createKavenegarSms(kavenegar, config.kavenegar),
    createMelipayamakChannel(config.melipayamak),
    // In production the log is nobody's phone.
    config.production ? undefined : createConsoleChannel(log),
  ].filter((channel) => channel !== undefined);
}
