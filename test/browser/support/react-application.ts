import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Rolldown, build } from 'vite';
import { PROJECT, makeFolder } from '../../support/process.js';

/**
 * Builds the module main.tsx as an application does: with React's development build, which reports every difference between the
 * HTML of the server and the first render.
 */
export async function bundle(files: { 'main.tsx': string } & Record<string, string>): Promise<string> {
  const root = makeFolder();
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'cache'));
  for (const [name, code] of Object.entries(files)) writeFileSync(join(root, name), code);
  const { output } = (await build({
    configFile: false,
    root,
    mode: 'development',
    logLevel: 'error',
    cacheDir: join(root, 'cache'),
    define: { 'process.env.NODE_ENV': '"development"' },
    build: {
      write: false,
      minify: false,
      rolldownOptions: { input: join(root, 'main.tsx'), output: { codeSplitting: false } },
    },
  })) as Rolldown.RolldownOutput;
  const [entry, ...others] = output.filter((file) => file.type === 'chunk');
  if (!entry || others.length > 0) throw new Error('The application is expected to be one file');
  return entry.code;
}

/** What a page consists of: the HTML that a server rendered, and the script, which may arrive later. */
export interface Application {
  html: string;
  script: Promise<string>;
}

/** The web server of the applications. */
export interface ApplicationServer {
  origin: string;
  /** Opens an application. Does not wait for its script. */
  open(page: Page, application: Application): Promise<void>;
  stop(): void;
}

export async function startApplicationServer(): Promise<ApplicationServer> {
  const applications: Application[] = [];
  async function answer(path: string, response: ServerResponse): Promise<void> {
    const application = applications[Number(path.split('/')[1])];
    if (path.endsWith('.js')) {
      const script = await application?.script;
      return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(
      `<!doctype html><link rel="icon" href="data:,"><div id="app">${application?.html}</div>
       <script type="module" src="main.js"></script>`,
    );
  }
  const server = createServer((request, response) => void answer(request.url ?? '', response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    async open(page, application) {
      await page.goto(`${origin}/${applications.push(application) - 1}/`, { waitUntil: 'commit' });
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
