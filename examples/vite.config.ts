import { defineConfig } from 'vite';

const gateway = process.env['VITE_GATEWAY_URL'] ?? 'http://localhost:4000';

// One development server for both applications. An application of its own needs only the proxy of this.
export default defineConfig({
  root: import.meta.dirname,
  appType: 'mpa',
  cacheDir: '../dist/examples',
  server: {
    // The API is of the same origin for the browser, so it needs no CORS.
    proxy: { '/api': process.env['API_URL'] ?? 'http://localhost:4001' },
    headers: {
      // Vite puts styles into the page while it develops; built pages need no 'unsafe-inline'.
      'content-security-policy': [
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        `connect-src 'self' ${gateway} ${gateway.replace(/^http/, 'ws')}`,
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    },
    // Not the whole project: the gateway's secrets are in .data/.
    fs: { allow: ['.', '../dist', '../node_modules'] },
  },
});
