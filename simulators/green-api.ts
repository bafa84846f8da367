export type { FakeGreenApi, GreenApiOptions } from './green-api/fake-green-api.js';
export type { Method } from './green-api/method.js';
export { FRESH_SETTINGS } from './green-api/settings.js';
export { startGreenApi } from './green-api/start.js';
export type { Fault } from './serve.js';
