// `collab-todo worker` and `collab-todo dead-letters`: the way from Redis into the database in processes of its own.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { add, joined } from './support/client.js';
import { until } from './support/deadline.js';
import { withServer } from './support/suite.js';
import { Worker } from './support/worker.js';

const namesInDatabase = (server) => server.postgres.query('select name from todo_items').map((row) => row.name);

test('a worker writes what servers without one have accepted, says so, and ends at SIGTERM', async () => {
  await withServer({ WORKER: 'off' }, async (server) => {
    const ann = await joined(server, 'ann');
    await add(ann, ann.own, { name: 'written later' });
    const waiting = server.redis.waiting();
    assert.ok(waiting >= 2, 'nobody has written the list and the item');
    assert.deepEqual(namesInDatabase(server), []);

    const worker = await Worker.start(server, { ENV: 'production', JWT_SECRET_KEY: '' });
    server.redis.waitUntilDrained();
    const { code, signal } = await worker.halt();

    assert.deepEqual({ code, signal }, { code: 0, signal: null }, worker.said);
    assert.deepEqual(namesInDatabase(server), ['written later']);
    assert.match(worker.said, /INFO \[worker\] started .*redis=.*127\.0\.0\.1.*database=/);
    assert.match(worker.said, new RegExp(`INFO \\[worker\\] stopped .*processed=${waiting} `));
    assert.ok(!existsSync(join(worker.folder, 'data')), 'it needs no data folder, and no secret, as it signs nothing');
  });
});

test('SIGTERM ends a worker after what it has taken is written', async () => {
  await withServer({ WORKER: 'off' }, async (server) => {
    const ann = await joined(server, 'ann');
    const worker = await Worker.start(server);
    server.redis.waitUntilDrained();
    const writes = [];
    for (let n = 0; n < 200; ++n) writes.push(ann.ok('add_item', { list_id: ann.own, name: `item ${n}` }));
    await Promise.race(writes);
    const ended = worker.halt();
    await Promise.all(writes);
    await ended;

    assert.equal(server.redis.pending(), 0, 'what was taken was acknowledged');
    assert.equal(namesInDatabase(server).length + server.redis.waiting(), 200, 'the rest waits for another worker');
  });
});

test('a worker that is killed loses nothing: the next one goes on', async () => {
  await withServer({ WORKER: 'off' }, async (server) => {
    const ann = await joined(server, 'ann');
    const first = await Worker.start(server);
    const writes = [];
    for (let n = 0; n < 50; ++n) writes.push(ann.ok('add_item', { list_id: ann.own, name: `item ${n}` }));
    await Promise.race(writes);
    await first.kill();
    await Promise.all(writes);

    const second = await Worker.start(server, { LOG_LEVEL: 'info' });
    await until(() => namesInDatabase(server).length + server.redis.pending() >= 50, 'what the first had not taken is written');
    await second.halt();
  });
});

test('a worker refuses to start without Redis or a database, and says what to set; --help tells what it is', async () => {
  await withServer({}, async (server) => {
    const withoutRedis = await server.outcome(['worker'], { REDIS_URL: '' });
    assert.equal(withoutRedis.code, 2);
    assert.match(withoutRedis.said, /no Redis is set\. Set REDIS_URL and DATABASE_URL/);

    const withoutDatabase = await server.outcome(['worker'], { DATABASE_URL: '' });
    assert.equal(withoutDatabase.code, 2);
    assert.match(withoutDatabase.said, /DATABASE_URL: is missing/);

    const away = await server.outcome(['worker'], { DATABASE_URL: 'postgresql://collab:hush@127.0.0.1:1/none' });
    assert.equal(away.code, 1);
    assert.match(away.said, /127\.0\.0\.1/);
    assert.doesNotMatch(away.said, /hush/);

    const help = await server.outcome(['worker', '--help']);
    assert.equal(help.code, 0);
    assert.match(help.said, /WORKER=off/);
    assert.match(help.said, /SIGTERM/);
    assert.match(help.said, /no port/);
  });
});
