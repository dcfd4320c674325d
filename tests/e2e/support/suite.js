// What every test file begins with: one server for all of its tests, which must end well, and a line that says what ran.
import { after, before } from 'node:test';
import { closeAll, describeRuns } from './client.js';
import { TestServer } from './server.js';

/** A server for the file's tests; its fields are there from the first test on. */
export function serverForAllTests(settings = {}) {
  const server = { current: null };
  before(async () => {
    server.current = await TestServer.start(settings);
  });
  after(async () => {
    closeAll();
    console.log(`# SHARDS=${server.current?.environment.SHARDS}\n${describeRuns()}`);
    await server.current?.stop();
  });
  return server;
}

/** Two of them, `current` and `other`, around one Redis and one database. */
export function twoServersForAllTests(settings = {}) {
  const servers = serverForAllTests(settings);
  before(async () => {
    servers.other = await servers.current.another();
  });
  return servers;
}

/** Runs `use` with a server of other settings. */
export async function withServer(settings, use) {
  const server = await TestServer.start(settings);
  try {
    await use(server);
  } finally {
    closeAll();
    await server.stop();
  }
}
