import { defineConfig, mergeConfig } from 'vite';
import application from './vite-react/vite.config.js';

// `npm run examples`: one development server for vite-react and redirect.
export default mergeConfig(
  application,
  defineConfig({
    root: import.meta.dirname,
    appType: 'mpa',
    cacheDir: '../dist/examples',
    // Not the whole project: .data/ holds the gateway's secrets.
    server: { fs: { allow: ['.', '../dist/examples', '../packages', '../node_modules'] } },
  }),
);
