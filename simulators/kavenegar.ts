export type { Callback } from './kavenegar/callbacks.js';
export type { FakeKavenegar, KavenegarMessage, KavenegarOptions } from './kavenegar/fake-kavenegar.js';
export { startKavenegar } from './kavenegar/start.js';
