import type { TestProject } from 'vitest/node';
import setUp from './global-setup.js';

interface Servers {
  owner: TestProject;
  started: Promise<() => Promise<void>>;
  /** The projects of this run that have not finished. */
  users: number;
}

/** Vitest loads this file once for each project, so shared values cannot be variables of the file. */
const run = globalThis as { phonegateServers?: Servers | undefined };

/** Starts the servers for the first project that needs them. Later projects get the same servers. */
export default async function setUpOnce(project: TestProject): Promise<() => Promise<void>> {
  const servers = (run.phonegateServers ??= { owner: project, started: setUp(project), users: 0 });
  servers.users += 1;
  const tearDown = await servers.started;
  if (servers.owner !== project) {
    const { postgresUrl, redisUrl } = servers.owner.getProvidedContext();
    project.provide('postgresUrl', postgresUrl);
    project.provide('redisUrl', redisUrl);
  }
  return async () => {
    servers.users -= 1;
    if (servers.users > 0) return;
    run.phonegateServers = undefined;
    await tearDown();
  };
}
