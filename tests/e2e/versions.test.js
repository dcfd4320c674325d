// Servers of two versions share a Redis while one after the other is replaced. What earlier versions left there (versions/*.json, recorded
// by versions/record.js) must be understood; COLLAB_TODO_OTHER_BINARY names a program of another version to try it with for real.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { closeAll, connect, person, uuid } from './support/client.js';
import { items } from './support/database.js';
import { load, restore } from './support/recording.js';
import { TestServer } from './support/server.js';
import { assertNothingLost, assertOneList, Person, Traffic } from './support/traffic.js';

const folder = new URL('versions/', import.meta.url);
const recordings = readdirSync(folder).filter((name) => name.endsWith('.json'));
assert.ok(recordings.length > 0);

for (const name of recordings)
  test(`what ${name} holds is read, followed, repeated and written`, { timeout: 60_000 }, async () => {
    const { list_id, item_id, op_id, rev, code, list, content, later } = load(new URL(name, folder));
    const server = await TestServer.start({ WORKER: 'off' });
    try {
      restore(server.redis, content);
      const ann = await connect(server, 'ann'), bob = await connect(server, 'bob@example.org'), eve = await connect(server, 'eve');
      await bob.ok('join');
      const { lists } = await bob.next('user_lists');
      const groceries = lists.find((one) => one.list_id === list_id);
      assert.equal(groceries.list_name, 'Groceries');
      assert.deepEqual(groceries.members.map(({ user_id, role }) => [user_id, role]).sort(), [['ann', 'owner'], ['bob@example.org', 'editor']]);
      const [milk] = Object.values(groceries.items);
      assert.deepEqual([milk.id, milk.name, milk.description, milk.done, milk.due_date, milk.media_url],
        [item_id, 'milk', 'two\nlitres', true, '2030-01-31', 'https://example.org/?a=b&c']);
      assert.equal(Object.keys(groceries.items).length, 1);

      // A server of that version goes on: rows, an entry, and its message on the channel.
      restore(server.redis, later);
      const stream = list.replace(/list:.*$/, 'writes');
      server.redis.cli('SPUBLISH', list, later[stream][0].c);
      const heard = await bob.next('item_added');
      assert.deepEqual([heard.item.name, heard.prev_rev], ['bread', groceries.rev]);

      await ann.ok('join');
      assert.equal((await ann.ok('add_item', { list_id, name: 'milk', description: 'two\nlitres', due_date: '2030-01-31', op_id })).rev, rev, 'a repeat is one');
      await eve.ok('accept_share_link', { code });
      await ann.ok('add_item', { list_id, name: 'butter' });
      await bob.next('item_added', (data) => data.item.name === 'butter');
      await server.restart({ WORKER: 'on' });
      const rows = items(server).filter((row) => row.list_id === list_id);
      assert.deepEqual(rows.filter((row) => !row.is_deleted).map((row) => row.name).sort(), ['bread', 'butter', 'milk']);
      assert.equal(server.redis.cli('KEYS', 'collab:*:writes:dead'), '');
    } finally {
      closeAll();
      await server.stop();
    }
  });

test('two programs of different versions are one, and either may be replaced', { timeout: 120_000 }, async () => {
  const other = process.env.COLLAB_TODO_OTHER_BINARY ?? process.env.COLLAB_TODO_BINARY;
  const one = await TestServer.start();
  const two = await one.another({}, other);
  try {
    const ann = await Person.come(one, person('ann')), bob = await Person.come(two, person('bob'));
    const { list_id } = await ann.insist('create_list', { name: 'Shared' });
    await ann.insist('share_list', { list_id, shared_user_id: bob.user, role: 'editor' });
    await bob.client.next('list_shared_with_you', (data) => data.list_id === list_id);
    const op = { list_id, name: 'once', op_id: uuid() };
    const { rev } = await ann.insist('add_item', op);
    const traffics = [ann, bob].map((who) => new Traffic(who, list_id));
    await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
    await one.redis.kill();
    await one.redis.launch();
    await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
    for (const traffic of traffics) await traffic.stop();
    assertNothingLost(await assertOneList(one, list_id, [ann, bob]), ...traffics);
    await two.restart();
    const again = await Person.come(two, ann.user);
    assert.equal((await again.insist('add_item', op)).rev, rev);
    assertNothingLost(await assertOneList(one, list_id, [ann, again]), ...traffics);
  } finally {
    closeAll();
    await two.stop();
    await one.stop();
  }
});
