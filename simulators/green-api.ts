export type { GreenApiOptions, GreenApiSimulator } from './green-api/simulator.js';
export type { Method } from './green-api/method-table.js';
export { FRESH_SETTINGS } from './green-api/settings.js';
export { startGreenApiSimulator } from './green-api/start.js';
export type { Fault } from './serve.js';
