import { gzipSync } from 'node:zlib';
import { build } from 'vite';
const b2 = await build({
  configFile: false,
  root: process.cwd(),
  logLevel: 'silent',
  build: {
    write: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: process.cwd() + '/packages/client/dist/index.js', preserveEntrySignatures: 'strict' },
  },
});
const code = b2.output[0].code;
const g = (c) => gzipSync(c).length;
console.log('all', g(code));
console.log('no captcha docs', g(code.replaceAll('...on CaptchaRequired{provider siteKey challenge}', '')));
console.log('no captcha loop', g(code.replace(/for\(let \w+=3;.*?return (\w+)/s, 'return $1')));
console.log(code);
