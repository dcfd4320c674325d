// What can be known of ops/Dockerfile without a container: its packages are those of the program, and its health check tells the truth.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withServer } from './support/suite.js';

const dockerfile = readFileSync(new URL('../../ops/Dockerfile', import.meta.url), 'utf8').replaceAll(/^#.*\n/gm, '').replaceAll('\\\n', ' ');
const output = (...words) => execFileSync(words[0], words.slice(1), { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] });
/** In every Debian, also the smallest. */
const everywhere = ['libc6', 'libgcc-s1'];

/** The Debian package of a file. Those of old are known below /lib, which is /usr/lib today. */
function packageOf(path) {
  for (const name of [path, realpathSync(path), realpathSync(path).replace(/^\/usr/, ''), path.replace(/^\/usr/, '')]) {
    try {
      return output('dpkg', '-S', name).match(/^[^:,]+/)[0];
    } catch {
      // by another name
    }
  }
  throw new Error(`no package has ${path}`);
}

test('the image installs the libraries that the program is linked with, and no others', () => {
  const binary = process.env.COLLAB_TODO_BINARY;
  const needed = [...output('readelf', '-d', binary).matchAll(/NEEDED.*\[(.*)\]/g)].map(([, name]) => name).filter((name) => !/^lib(asan|ubsan|tsan)/.test(name));
  const paths = new Map([...output('ldd', binary).matchAll(/(\S+) => (\S+)/g)].map(([, name, path]) => [name, path]));
  const packages = new Set(needed.map((name) => packageOf(paths.get(name))).filter((name) => !everywhere.includes(name)));

  const [, , run] = dockerfile.match(/(FROM debian:12-slim\n)\s*RUN [^\n]*--no-install-recommends\s+([^&]*)&&/);
  assert.deepEqual(run.trim().split(/\s+/).sort(), [...packages, 'ca-certificates'].sort());
});

test('the health check of the image is good while the server answers, and only then', async () => {
  const [program, ...words] = JSON.parse(dockerfile.match(/HEALTHCHECK [^[]*CMD (\[.*\])/)[1]);
  const isHealthy = (port) => promisify(execFile)(program, words, { env: { PATH: process.env.PATH, PORT: String(port) }, timeout: 10_000 }).then(() => true, () => false);
  await withServer({ REDIS_URL: '', DATABASE_URL: '' }, async (server) => {
    assert.equal(await isHealthy(server.port), true);
    await server.halt();
    assert.equal(await isHealthy(server.port), false);
    await server.launch();
  });
});
