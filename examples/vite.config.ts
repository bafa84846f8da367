import { defineConfig } from 'vite';

const gateway = process.env['VITE_GATEWAY_URL'] ?? 'http://localhost:4000';

// One development server for both applications. Your own application needs only the proxy.
export default defineConfig({
  root: import.meta.dirname,
  appType: 'mpa',
  cacheDir: '../dist/examples',
  server: {
    // For the browser the API has the same origin, so it needs no CORS.
    proxy: { '/api': process.env['API_URL'] ?? 'http://localhost:4001' },
    headers: {
      // Vite's development server inserts inline styles. Built pages need no 'unsafe-inline'.
      'content-security-policy': [
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        `connect-src 'self' ${gateway} ${gateway.replace(/^http/, 'ws')}`,
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    },
    // Not the whole project: .data/ holds the gateway's secrets.
    fs: { allow: ['.', '../dist', '../node_modules'] },
  },
});
