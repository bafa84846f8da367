export type { Callback } from './kavenegar/callbacks.js';
export type { KavenegarMessage, KavenegarOptions, KavenegarSimulator } from './kavenegar/simulator.js';
export { startKavenegarSimulator } from './kavenegar/start.js';
