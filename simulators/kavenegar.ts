export type { Callback, KavenegarMessage, KavenegarOptions, KavenegarSimulator } from './kavenegar/simulator.js';
export { startKavenegarSimulator } from './kavenegar/start.js';
