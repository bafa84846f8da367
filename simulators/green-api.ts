export type { FakeGreenApi, GreenApiCall, GreenApiOptions } from './green-api/fake-green-api.js';
export type { Knobs, LidMode, PhoneMessage, State } from './green-api/instance.js';
export type { Method } from './green-api/method.js';
export type { Incoming } from './green-api/receive-message.js';
export { FRESH_SETTINGS, type Settings } from './green-api/settings.js';
export { startGreenApi } from './green-api/start.js';
export type { Fault } from './serve.js';
