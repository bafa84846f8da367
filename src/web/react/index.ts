export type { LoginAttempt } from '../client/index.js';
