// DATABASE_URL from outside: moving there from SQLite, one server at a time, what a server says that cannot have its database, and
// what it does while that is away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, closeAll, connect, joined } from './support/client.js';
import { items } from './support/database.js';
import { until } from './support/deadline.js';
import { Postgres } from './support/postgres.js';
import { TestServer } from './support/server.js';
import { withServer } from './support/suite.js';

const health = async (server) => (await fetch(`${server.url}/health`)).json();

test('migrate-data carries everything from the file, once or twice, and serve reminds of it', async () => {
  const database = await Postgres.makeDatabase();
  await withServer({ DATABASE_URL: '' }, async (server) => {
    const ann = await joined(server, 'ann');
    const made = await add(ann, ann.own, { name: 'from the file', description: 'with words' });
    closeAll();
    await server.restart({ DATABASE_URL: database.url });
    assert.match(server.said, /there is a file that may have some: collab-todo migrate-data/);
    await server.halt();

    for (const time of ['first', 'second'])
      assert.match((await server.execute(['migrate-data'], { ENV: 'production', JWT_SECRET_KEY: '' })).stdout,
        /^1 of 1 lists, 1 items and \d+ rows about people are now in collab@.*e2e/m, time);
    await server.launch();

    assert.doesNotMatch(server.said, /migrate-data/);
    const again = await connect(server, ann.user);
    await again.ok('join');
    const { lists } = await again.next('user_lists');
    assert.deepEqual(lists.map((list) => list.list_id), [ann.own]);
    server.postgres = database;
    assert.deepEqual(items(server).map(({ id, name, rev }) => ({ id, name, rev })), [{ id: made.item.id, name: 'from the file', rev: made.rev }]);
  });
});

test('a second server on the same database is refused while the first is alive', async () => {
  const database = await Postgres.makeDatabase();
  await withServer({ DATABASE_URL: database.url }, async () => {
    const { code, said } = await TestServer.refusedStart({ DATABASE_URL: database.url });

    assert.equal(code, 1);
    assert.match(said, /is in use by another server: .*, process \d+\. Stop that one first/);
  });
});

test('what belongs to SQLite\'s file is refused, and a database that cannot be reached is named without its password', async () => {
  const database = await Postgres.makeDatabase();
  await withServer({ DATABASE_URL: database.url }, async (server) => {
    const backup = await server.outcome(['backup', 'copy.db']);
    assert.equal(backup.code, 2);
    assert.match(backup.said, /pg_dump/);
  });
  const nowhere = await TestServer.refusedStart({ DATABASE_URL: 'postgresql://collab:hunter2@127.0.0.1:1/lists' });
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.said, /the database collab@127\.0\.0\.1:1\/lists cannot be reached: .*refused/);
  assert.doesNotMatch(nowhere.said, /hunter2/);
});

test('while the database is away, what is known is served, changes are refused at once, and all is well again by itself', async () => {
  const database = await Postgres.makeDatabase();
  await withServer({ DATABASE_URL: database.url }, async (server) => {
    const ann = await joined(server, 'ann');
    await add(ann, ann.own, { name: 'before' });
    await database.cluster.stop();

    await ann.refused('add_item', { list_id: ann.own, name: 'meanwhile' }, 'error', 'unavailable');
    assert.notEqual((await health(server)).status, 'healthy');
    await database.cluster.launch();

    await until(async () => (await health(server)).status === 'healthy', 'it is healthy again');
    await add(ann, ann.own, { name: 'after' });
    server.postgres = database;
    assert.deepEqual(items(server).map(({ name }) => name).sort(), ['after', 'before']);
  });
});
