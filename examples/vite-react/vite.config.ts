import { defineConfig } from 'vite';

const gateway = process.env['VITE_GATEWAY_URL'] ?? 'http://localhost:4000';

const contentSecurityPolicy = (styles: string) => ({
  'content-security-policy': [
    "default-src 'self'",
    `style-src ${styles}`,
    `connect-src 'self' ${gateway} ${gateway.replace(/^http/, 'ws')}`,
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
});

export default defineConfig({
  server: {
    // For the browser the API has the same origin, so it needs no CORS. `vite preview` uses this proxy, too.
    proxy: { '/api': process.env['API_URL'] ?? 'http://localhost:4001' },
    // Vite's development server inserts inline styles. Built pages need no 'unsafe-inline'.
    headers: contentSecurityPolicy("'self' 'unsafe-inline'"),
  },
  // `'use client'` in @phonegate/react is for frameworks with server components. Vite would warn that it ignores it.
  build: { rolldownOptions: { checks: { moduleLevelDirective: false } } },
  preview: { headers: contentSecurityPolicy("'self'") },
});
