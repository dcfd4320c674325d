// What a server and a worker say at their start of a Redis that may lose what they accept, or that is not theirs.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { until } from './support/deadline.js';
import { Redis } from './support/redis.js';
import { TestServer } from './support/server.js';
import { withServer } from './support/suite.js';
import { Worker } from './support/worker.js';

const shipped = fileURLToPath(new URL('../../ops/redis/redis.conf', import.meta.url));
const warnings = (said) => said.split('\n').filter((line) => / (WARNING|ERROR) /.test(line));

/** Runs `use` with a server whose Redis was started with these words. */
async function withRedis(words, use, settings = {}) {
  const redis = await Redis.start(words);
  try {
    await withServer({ REDIS_URL: redis.url, LOG_LEVEL: 'info', ...settings }, (server) => use(server, redis));
  } finally {
    redis.end();
  }
}

test('with the redis.conf that is shipped nobody warns', async () => {
  await withRedis([shipped], async (server) => {
    assert.equal(server.redis.cli('-u', server.settings.REDIS_URL, 'CONFIG', 'GET', 'maxmemory-policy'), 'maxmemory-policy\nvolatile-lru');
    assert.deepEqual(warnings(server.said), []);
    assert.doesNotMatch(server.said, /does not tell its settings/);
    const worker = await Worker.start(server);
    await worker.halt();
    assert.deepEqual(warnings(worker.said), []);
  });
});

for (const [words, setting, advice] of [
  [['--maxmemory-policy', 'allkeys-lru'], 'maxmemory-policy', /is=allkeys-lru set="?noeviction or volatile-lru/],
  [['--appendonly', 'no'], 'appendonly', /is=no set=yes/],
  [['--appendfsync', 'everysec'], 'appendfsync', /is=everysec set=always/],
  [['--no-appendfsync-on-rewrite', 'yes'], 'no-appendfsync-on-rewrite', /is=yes set=no/],
])
  test(`${words.join(' ')}: one warning, with what to set`, async () => {
    await withRedis(words, async (server) => {
      const told = warnings(server.said);
      assert.equal(told.length, 1, server.said);
      assert.match(told[0], new RegExp(`setting=${setting} `));
      assert.match(told[0], advice);
    }, { SHARDS: '3' });
  });

test('a Redis that does not tell its settings is used all the same', async () => {
  await withRedis(['--rename-command', 'CONFIG', 'none-of-your-business'], async (server) => {
    assert.deepEqual(warnings(server.said), []);
    assert.match(server.said, /Redis does not tell its settings/);
  });
  await withRedis([], async (server, redis) => {
    redis.cli('ACL', 'SETUSER', 'default', '-config');
    await server.restart();
    assert.match(server.said, /Redis does not tell its settings/);
  });
});

test('the number of partitions is kept, and a server or worker that knows another one refuses', async () => {
  await withRedis([], async (server, redis) => {
    assert.equal(redis.cli('GET', 'collab:partitions'), '16');
    await server.halt();
    redis.cli('SET', 'collab:partitions', '8');

    const { code, said } = await TestServer.refusedStart({ ...server.environment });
    assert.equal(code, 1);
    assert.match(said, /The lists in this Redis are spread over 8 partitions .* knows 16\. Use /);
    const worker = await server.outcome(['worker']);
    assert.equal(worker.code, 1);
    assert.match(worker.said, /spread over 8 partitions/);

    redis.cli('SET', 'collab:partitions', '16');
    await server.launch();
  });
});

test('a Redis that comes later is looked at then', async () => {
  await withRedis(['--appendonly', 'no'], async (server, redis) => {
    await server.halt();
    await redis.kill();
    await server.launch();
    assert.match(server.said, /Redis is not reached/);
    await redis.launch();
    await server.says(/setting=appendonly /);

    await redis.kill();
    await server.restart();
    await redis.launch(['--appendonly', 'yes']);
    redis.cli('SET', 'collab:partitions', '8');
    await until(() => server.process.exitCode !== null || /spread over 8 partitions/.test(server.said), 'a wrong one ends the server');
    await server.exited;
    assert.match(server.said, /ERROR .*spread over 8 partitions/);
    redis.cli('SET', 'collab:partitions', '16');
    await server.launch();
  });
});
