export type { MelipayamakMessage, MelipayamakOptions, MelipayamakSimulator } from './melipayamak/simulator.js';
export { startMelipayamakSimulator } from './melipayamak/start.js';
