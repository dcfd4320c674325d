// `collab-todo dead-letters`: what an operator does about changes that the database refuses for what they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, joined } from './support/client.js';
import { until } from './support/deadline.js';
import { withServer } from './support/suite.js';

const sql = (server, text) => server.postgres.cluster.psql(server.postgres.name, text);
const namesInDatabase = (server) => server.postgres.query('select name from todo_items order by name').map((row) => row.name);
const letters = async (server) => (await server.command('dead-letters', 'list')).trim().split('\n').slice(1, -1).map((line) => line.split('\t'));

/** Makes the database refuse items of this name, and lets `count` of them be accepted. */
async function refuse(server, ann, count) {
  sql(server, "alter table todo_items add constraint no_poison check (name <> 'poison')");
  for (let n = 0; n < count; ++n) await add(ann, ann.own, { name: 'poison' });
  await until(async () => (await letters(server)).length === count, 'the worker finds what the database refuses');
}
const allow = (server) => sql(server, 'alter table todo_items drop constraint no_poison');

/** How many changes of the list wait, and its time to live: -1 = it stays. */
function stateOf(server, listId) {
  const key = server.redis.cli('--scan', '--pattern', `collab:{*}:list:${listId}`);
  return { unwritten: Number(server.redis.cli('HGET', key, 'n')), expires: Number(server.redis.cli('TTL', key)) };
}

test('list and show tell what was refused and why; good changes do not wait behind it', async () => {
  await withServer({}, async (server) => {
    const { said } = await server.outcome(['dead-letters', 'list'], { ENV: 'production', JWT_SECRET_KEY: '' });
    assert.equal(said, 'No dead letters.\n', 'no token is signed, so no secret is asked for');
    const ann = await joined(server, 'ann');
    await refuse(server, ann, 1);
    await add(ann, ann.own, { name: 'good' });
    server.redis.waitUntilDrained();

    assert.deepEqual(namesInDatabase(server), ['good']);
    const [[partition, id, list, kind, time, reason]] = await letters(server);
    assert.equal(list, ann.own);
    assert.equal(kind, 'item_added');
    assert.match(reason, /no_poison/);
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
    assert.match(await server.command('dead-letters', 'list'), /^PARTITION\tID\tLIST\tKIND\tTIME\tREASON\n.*\n1 dead letter\.\n$/);

    const shown = await server.command('dead-letters', 'show', partition, id);
    for (const part of [`list:      ${ann.own}`, 'kind:      item_added', 'no_poison', '"poison"', `id:        ${id} (`]) assert.ok(shown.includes(part), `${part} in\n${shown}`);
  });
});

test('retry brings it into the database once the reason is gone, and back to the dead letters if not', async () => {
  await withServer({}, async (server) => {
    const ann = await joined(server, 'ann');
    await refuse(server, ann, 1);
    const [[partition, first]] = await letters(server);

    assert.match(await server.command('dead-letters', 'retry', partition, first), /^1 dead letter went back into the queue/);
    await until(async () => (await letters(server)).length === 1, 'it is refused again');
    const [[, second]] = await letters(server);
    assert.notEqual(second, first);
    assert.deepEqual(stateOf(server, ann.own), { unwritten: 1, expires: -1 });

    allow(server);
    await server.command('dead-letters', 'retry', partition, second);
    server.redis.waitUntilDrained();
    assert.deepEqual(namesInDatabase(server), ['poison']);
    assert.deepEqual(await letters(server), []);
    const { unwritten, expires } = stateOf(server, ann.own);
    assert.equal(unwritten, 0);
    assert.ok(expires > 0, 'the list may be forgotten');
  });
});

test('drop gives it up, and the list may expire when nothing of it waits', async () => {
  await withServer({}, async (server) => {
    const ann = await joined(server, 'ann');
    await refuse(server, ann, 2);
    server.redis.waitUntilDrained();
    const [[partition, id]] = await letters(server);
    assert.deepEqual(stateOf(server, ann.own), { unwritten: 2, expires: -1 });

    assert.equal(await server.command('dead-letters', 'drop', partition, id), '1 dead letter dropped.\n');
    assert.deepEqual(stateOf(server, ann.own), { unwritten: 1, expires: -1 });
    const again = await server.outcome(['dead-letters', 'drop', partition, id]);
    assert.equal(again.code, 1);
    assert.match(again.said, new RegExp(`there is no dead letter ${id} in partition ${partition}`));
    assert.deepEqual(stateOf(server, ann.own), { unwritten: 1, expires: -1 }, 'counted once');

    assert.equal(await server.command('dead-letters', 'drop', '--all'), '1 dead letter dropped.\n');
    const { unwritten, expires } = stateOf(server, ann.own);
    assert.equal(unwritten, 0);
    assert.ok(expires > 0, 'the list may be forgotten');
    assert.deepEqual(namesInDatabase(server), []);
  });
});

test('--all takes each of very many, in every partition, and one that nobody can read', async () => {
  await withServer({ WORKER: 'off' }, async (server) => {
    const fill = `for n = 1, 450 do redis.call('XADD', string.format('collab:{%02d}:writes:dead', n % 3), '*',
      'l', 'no list', 'c', 'of another version', 'why', 'a test', 'id', '1-1') end return 'filled'`;
    server.redis.cli('EVAL', fill, '0');
    assert.deepEqual([...new Set((await letters(server)).map((letter) => letter[3]))], ['?']);

    assert.match(await server.command('dead-letters', 'retry', '--all'), /^450 dead letters went back/);
    assert.equal(server.redis.waiting(), 450);
    assert.deepEqual(await letters(server), []);

    server.redis.cli('EVAL', fill, '0');
    assert.equal(await server.command('dead-letters', 'drop', '--all'), '450 dead letters dropped.\n');
    assert.equal(await server.command('dead-letters', 'drop', '--all'), 'There was no dead letter.\n');
  });
});

test('wrong words and a Redis that is away are told in a sentence, with an exit status of their own', async () => {
  await withServer({}, async (server) => {
    for (const [words, sentence] of [
      [['drop'], /which one\? Give its partition and its id/],
      [['retry', '3'], /which one\?/],
      [['retry', '3', '1-1', '--all'], /not both/],
      [['show', '16', '1-1'], /'16' is no partition; they are 0 to 15/],
      [['show', 'x', '1-1'], /'x' is no partition/],
      [['drop', '0', 'first'], /'first' is no id/],
    ]) {
      const { code, said } = await server.outcome(['dead-letters', ...words]);
      assert.equal(code, 2, said);
      assert.match(said, sentence);
    }
    const missing = await server.outcome(['dead-letters', 'show', '0', '1-1']);
    assert.equal(missing.code, 1);
    assert.match(missing.said, /there is no dead letter 1-1 in partition 0/);

    const alone = await server.outcome(['dead-letters', 'list'], { REDIS_URL: '' });
    assert.equal(alone.code, 2);
    assert.match(alone.said, /no Redis is set\. Set REDIS_URL/);
    const away = await server.outcome(['dead-letters', 'list'], { REDIS_URL: 'redis://:hush@127.0.0.1:1/0' });
    assert.equal(away.code, 1);
    assert.match(away.said, /Redis at .*127\.0\.0\.1:1.* is not reached/);
    assert.doesNotMatch(away.said, /hush/);
  });
});
