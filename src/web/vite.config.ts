import { defineConfig } from 'vite';

// The pages that the gateway serves. Preact stands in for React: the same hooks, a twelfth of the size.
export default defineConfig({
  root: import.meta.dirname,
  resolve: {
    alias: [
      { find: /^react\/jsx-(dev-)?runtime$/, replacement: 'preact/jsx-runtime' },
      { find: /^react$/, replacement: 'preact/hooks' },
    ],
  },
  build: {
    outDir: '../../dist/web/pages',
    emptyOutDir: true,
    // Phones stay in use for years: Chrome 90, Safari 14.1.
    target: ['es2020', 'chrome90', 'safari14.1'],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Nothing inline: the Content-Security-Policy allows files of our own only.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { login: 'login/index.html', 'dev-phone': 'dev-phone/index.html' },
      // 'use client' in @phonegate/react is for frameworks with server components.
      checks: { moduleLevelDirective: false },
    },
  },
});
