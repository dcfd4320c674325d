// What /health and /metrics say of the queue in Redis: each figure moves by what happened, and a Redis that is away holds nobody up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, joined } from './support/client.js';
import { until } from './support/deadline.js';
import { withServer } from './support/suite.js';

const health = async (server) => {
  const response = await fetch(`${server.url}/health`);
  assert.equal(response.status, 200);
  return response.json();
};
const writer = async (server) => (await health(server)).writer;
/** The value of a Prometheus metric. */
const metric = async (server, name) => {
  const text = await (await fetch(`${server.url}/metrics`, { headers: { accept: 'text/plain' } })).text();
  return Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1]);
};
const sql = (server, text) => server.postgres.cluster.psql(server.postgres.name, text);

/** Lets a worker that never existed take `count` changes of this list, and be silent since `idle` ms. */
function takeAway(redis, listId, count, idle) {
  const stream = redis.cli('--scan', '--pattern', `collab:{*}:list:${listId}`).replace(/list:.*/, 'writes');
  redis.cli('XGROUP', 'CREATE', stream, 'store', '0');
  redis.cli('XREADGROUP', 'GROUP', 'store', 'nobody', 'COUNT', String(count), 'STREAMS', stream, '>');
  const ids = redis.cli('XPENDING', stream, 'store', '-', '+', '100').match(/\d+-\d+/g);
  assert.equal(ids.length, count);
  redis.cli('XCLAIM', stream, 'store', 'nobody', '0', ...ids, 'IDLE', String(idle));
}

test('with Redis, /health and /metrics have the seed\'s fields and those of the queue', async () => {
  await withServer({}, async (server) => {
    await until(async () => (await writer(server)).queue_size === 0, 'nothing waits');
    const { exchange, ...seed } = await health(server);
    assert.deepEqual(seed, {
      status: 'healthy', redis: 'ok',
      writer: { running: true, queue_size: 0, writes_processed: 0, writes_failed: 0, lag: 0, oldest_ms: 0, retries: 0, taken_over: 0, dead_letters: 0 },
      pubsub_listener: 'ok', connections: { total_connections: 0, unique_users: 0 },
    });
    assert.equal(exchange.redis_reconnects, 0);
    assert.ok(exchange.redis_round_trip_us > 0);
    const metrics = await (await fetch(`${server.url}/metrics`)).json();
    assert.deepEqual(metrics.writer, seed.writer);
    assert.equal(await metric(server, 'collab_exchange_redis_up'), 1);

    const ann = await joined(server, 'ann');
    server.redis.waitUntilDrained();
    await until(async () => (await writer(server)).lag === 0, 'the first list is written');
    const before = (await writer(server)).writes_processed;
    for (let n = 0; n < 3; ++n) await add(ann, ann.own);
    await until(async () => (await writer(server)).writes_processed === before + 3, 'three changes more are written');
  });
});

test('what waits is counted, how much of it a worker has taken, and how old the oldest is', async () => {
  await withServer({ WORKER: 'off' }, async (server) => {
    const ann = await joined(server, 'ann');
    const before = (await writer(server)).queue_size;
    for (let n = 0; n < 3; ++n) await add(ann, ann.own);

    const waiting = await writer(server);
    assert.equal(waiting.queue_size, before + 3);
    assert.equal(waiting.queue_size, server.redis.waiting());
    assert.equal(waiting.lag, 0);
    assert.ok(waiting.oldest_ms > 0 && waiting.oldest_ms < 60_000, waiting.oldest_ms);
    assert.equal(await metric(server, 'collab_writer_queue_size'), before + 3);

    takeAway(server.redis, ann.own, 2, 0);
    assert.equal((await writer(server)).lag, 2);
    assert.equal(await metric(server, 'collab_queue_lag'), 2);

    const minutesAgo = Number(server.redis.cli('TIME').split('\n')[0]) * 1000 - 300_000;
    const empty = Array.from({ length: 16 }, (_, n) => `collab:{${String(n).padStart(2, '0')}}:writes`).find((key) => server.redis.cli('EXISTS', key) === '0');
    server.redis.cli('XADD', empty, `${minutesAgo}-0`, 'l', 'a', 'c', 'test');
    const { oldest_ms } = await writer(server);
    assert.ok(oldest_ms >= 300_000 && oldest_ms < 330_000, oldest_ms);
    const seconds = await metric(server, 'collab_queue_oldest_seconds');
    assert.ok(seconds >= 300 && seconds < 330, seconds);
  });
});

test('dead letters are the seed\'s writes_failed', async () => {
  await withServer({ WORKER: 'off' }, async (server) => {
    for (const partition of ['00', '07', '07']) server.redis.cli('XADD', `collab:{${partition}}:writes:dead`, '*', 'l', 'a', 'c', 'test', 'why', 'so');

    const { writes_failed, dead_letters } = await writer(server);
    assert.deepEqual({ writes_failed, dead_letters }, { writes_failed: 3, dead_letters: 3 });
    assert.equal(await metric(server, 'collab_queue_dead_letters'), 3);
  });
});

test('taken_over counts what another worker had left, retries what the database did not take at first', async () => {
  await withServer({ WORKER: 'off' }, async (server) => {
    const ann = await joined(server, 'ann');
    for (let n = 0; n < 3; ++n) await add(ann, ann.own);
    takeAway(server.redis, ann.own, 2, 60_000);
    sql(server, 'alter table todo_items rename to hidden');
    const second = await server.another({ WORKER: 'on' });
    try {
      await until(async () => (await writer(second)).retries >= 4, 'batches are tried again');
      assert.equal(second.said.match(/changes wait for the store/g)?.length, 1, `told once:\n${second.said}`);
      sql(server, 'alter table hidden rename to todo_items');
      server.redis.waitUntilDrained();

      const { taken_over, retries } = await writer(second);
      assert.equal(taken_over, 2);
      assert.equal(await metric(second, 'collab_worker_taken_over_total'), 2);
      assert.ok(await metric(second, 'collab_worker_retries_total') >= retries);
      assert.equal((await writer(server)).taken_over, 0, 'these are of one process');
    } finally {
      await second.stop();
    }
  });
});

test('a lost connection and a slow Redis show', async () => {
  await withServer({}, async (server) => {
    await joined(server, 'ann');  // who is subscribed to
    const id = server.redis.cli('CLIENT', 'LIST', 'TYPE', 'pubsub').match(/^id=(\d+)/)[1];
    server.redis.cli('CLIENT', 'KILL', 'ID', id);
    await until(async () => (await health(server)).exchange.redis_reconnects === 1, 'it is counted once');
    assert.equal(await metric(server, 'collab_exchange_redis_reconnects_total'), 1);

    await until(async () => (await health(server)).status === 'healthy', 'it is connected again');
    server.redis.cli('CLIENT', 'PAUSE', '300', 'ALL');
    const { exchange } = await health(server);
    assert.ok(exchange.redis_round_trip_us > 150_000 && exchange.redis_round_trip_us < 500_000, exchange.redis_round_trip_us);
  });
});

test('while Redis is silent or away, /health is 200 soon, with the last figures and the reason', async () => {
  await withServer({ WORKER: 'off' }, async (server) => {
    const ann = await joined(server, 'ann');
    await add(ann, ann.own);
    const { queue_size } = await writer(server);
    assert.ok(queue_size > 0);

    server.redis.process.kill('SIGSTOP');
    const asked = Date.now();
    const silent = await writer(server);
    server.redis.process.kill('SIGCONT');
    assert.ok(Date.now() - asked < 5_000, 'nobody waits for Redis for long');
    assert.equal(silent.queue_size, queue_size);
    assert.ok(silent.figures_age_ms >= 500, silent.figures_age_ms);
    assert.match(silent.problem, /the figures of the queue are not of now: Redis does not answer within 500 ms/);

    await server.redis.kill();
    await until(async () => (await health(server)).status === 'degraded', 'it is noticed');
    const away = await health(server);
    assert.notEqual(away.redis, 'ok');
    assert.match(away.redis, /\w+ \w+/, 'in words');
    assert.equal(away.writer.queue_size, queue_size);
    assert.equal(await metric(server, 'collab_exchange_redis_up'), 0);
    assert.equal(await metric(server, 'collab_queue_figures_stale'), 1);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);

    await server.redis.launch();
    await until(async () => (await health(server)).status === 'healthy', 'it is connected again');
    assert.equal((await writer(server)).figures_age_ms, undefined);
  });
});
