export type { Callback } from './kavenegar/callbacks.js';
export type {
  FakeKavenegar,
  KavenegarCall,
  KavenegarConfig,
  KavenegarLine,
  KavenegarMessage,
  KavenegarOptions,
} from './kavenegar/fake-kavenegar.js';
export type { KavenegarMethod } from './kavenegar/method.js';
export type { Result } from './kavenegar/results.js';
export { startKavenegar } from './kavenegar/start.js';
