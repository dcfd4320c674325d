// A standby of PostgreSQL is promoted that had not heard of the last commits.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { add, connect, joined } from './support/client.js';
import { until } from './support/deadline.js';
import { Postgres } from './support/postgres.js';
import { PostgresProxy } from './support/postgres_proxy.js';
import { Redis } from './support/redis.js';
import { TestServer } from './support/server.js';

// The database and Redis are the test's own.
delete process.env.STORAGE;

/** A server on a database, and what takes the place of that database without its last commits. */
async function withStandby(redis, use) {
  const postgres = await Postgres.makeDatabase();
  const proxy = await PostgresProxy.before(postgres);
  const server = await TestServer.start({ DATABASE_URL: proxy.url, LOG_LEVEL: 'info', ...(redis && { REDIS_URL: redis.url }) });
  // The standby must not hear of the rest before it is promoted.
  const promote = async (standby) => {
    await postgres.cluster.stop();
    await standby.promote();
    proxy.switchTo(standby);
  };
  try {
    await use(server, postgres, promote);
  } finally {
    await server.stop();
    proxy.end();
    await postgres.cluster.launch();
  }
}

// The proxy works in this process: it must not be waited for without letting it.
const drained = (redis) => until(() => redis.waiting() === 0, 'everything has reached the database');
const names = (cluster, postgres, list_id) =>
  cluster.psql(postgres.name, `select name from todo_items where list_id = '${list_id}' order by name`).split('\n').filter(Boolean);

describe('a database that is promoted without its last commits', { timeout: 240_000 }, () => {
  test('gets them again from Redis, and clients are told of a new epoch', async () => {
    const redis = await Redis.start();
    await withStandby(redis, async (server, postgres, promote) => {
      const ann = await joined(server, 'ann');
      const other = await joined(server, 'bob');
      await add(ann, ann.own, { name: 'kept' });
      await drained(redis);
      const standby = postgres.cluster.makeStandby();
      await add(ann, ann.own, { name: 'lost' });
      await add(other, other.own, { name: 'lost too' });
      await other.ok('update_list', { list_id: other.own, name: 'nobody has it open' });
      await drained(redis);
      assert.deepEqual(names(postgres.cluster, postgres, ann.own), ['kept', 'lost']);
      await ann.ok('join_list', { list_id: ann.own });
      const { epoch } = await ann.next('list_snapshot', (data) => data.list_id === ann.own && Object.keys(data.items).length === 2);
      other.close();

      await promote(standby);

      await server.says(/promoted: a new epoch begins/);
      const fresh = await ann.next('list_snapshot', (data) => data.list_id === ann.own && data.epoch !== epoch);
      assert.deepEqual(Object.values(fresh.items).map((item) => item.name).sort(), ['kept', 'lost']);
      await server.says(/the lists in Redis were compared with the database/);
      await drained(redis);
      assert.deepEqual(names(standby, postgres, ann.own), ['kept', 'lost']);
      assert.deepEqual(names(standby, postgres, other.own), ['lost too']);
      await add(ann, ann.own, { name: 'new' });
    });
    redis.end();
  });

  test('ends a server that is alone with it, which begins a new epoch when it is started again', async () => {
    await withStandby(null, async (server, postgres, promote) => {
      const ann = await joined(server, 'ann');
      await add(ann, ann.own, { name: 'kept' });
      await ann.ok('join_list', { list_id: ann.own });
      const { epoch } = await ann.next('list_snapshot', (data) => data.list_id === ann.own && Object.keys(data.items).length === 1);
      const standby = postgres.cluster.makeStandby();
      await add(ann, ann.own, { name: 'lost' });

      await promote(standby);

      assert.deepEqual(await server.exited, { code: 0, signal: null });
      assert.match(server.said, /this server ends why="the database was restored, copied or promoted under this server"/);
      await server.launch();
      const back = await connect(server, ann.user);
      await back.ok('join_list', { list_id: ann.own });
      const snapshot = await back.next('list_snapshot', (data) => data.list_id === ann.own);
      assert.notEqual(snapshot.epoch, epoch);
      assert.deepEqual(Object.values(snapshot.items).map((item) => item.name), ['kept']);
    });
  });
});
