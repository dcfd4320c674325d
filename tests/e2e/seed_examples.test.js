// The examples of the seed document, as far as they concern one server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { add, connect, joined, sharing } from './support/client.js';
import { serverForAllTests } from './support/suite.js';

const server = serverForAllTests();

test('example 1: an added item gets a new rev, reaches every client and the long-term storage', async () => {
  const { ann, bob, list_id } = await sharing(server.current);
  const annsPhone = await connect(server.current, ann.user);
  await annsPhone.ok('join');
  const before = Date.now();

  const { rev } = await ann.ok('add_item', { list_id, name: 'Lemons', description: 'six' });

  for (const client of [ann, annsPhone, bob]) {
    const event = await client.next('item_added');
    assert.deepEqual([event.list_id, event.item.name, event.item.description, event.rev], [list_id, 'Lemons', 'six', rev]);
  }
  assert.ok(rev >= before && rev <= Date.now() + 1000);
  await server.current.kill();
  const stored = execFileSync('sqlite3', [server.current.database, '.dump'], { encoding: 'utf8' });
  assert.ok(stored.includes('Lemons'));
  await server.current.restart();
});

describe('example 2: a client with a stale rev', () => {
  test('after a restart gets the present list and is refused', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item, rev: stale } = await add(ann, list_id, { name: 'Old' }, [bob]);
    const { rev: newest } = await bob.ok('update_item', { list_id, item_id: item.id, updates: { name: 'New' }, client_rev: stale });
    ann.close();
    bob.close();
    await server.current.restart();
    const back = await connect(server.current, ann.user);

    await back.refused('update_item', { list_id, item_id: item.id, updates: { name: 'Mine' }, client_rev: String(stale) }, 'error', 'revision_conflict');

    const snapshot = await back.next('list_snapshot');
    assert.deepEqual([snapshot.rev, snapshot.items[item.id].name], [newest, 'New']);
    assert.deepEqual(back.since(0), ['connected', 'list_snapshot', '(ack of update_item)']);
    await back.ok('update_item', { list_id, item_id: item.id, updates: { name: 'Mine' }, client_rev: newest });
  });

  test('from before a restored backup conflicts, and learns the new epoch', async () => {
    const ann = await joined(server.current, 'ann');
    const { item, rev: saved } = await add(ann, ann.own, { name: 'Saved' });
    await ann.ok('join_list', { list_id: ann.own });
    const { epoch } = await ann.next('list_snapshot', (data) => data.rev === saved);
    const backup = join(server.current.folder, 'backup.db');
    await server.current.command('backup', backup);
    const { rev: lost } = await ann.ok('update_item', { list_id: ann.own, item_id: item.id, updates: { name: 'Lost' } });
    await ann.ok('add_item', { list_id: ann.own, name: 'Lost too' });
    ann.close();
    await server.current.halt();
    await server.current.command('restore', backup);
    await server.current.restart();
    const back = await connect(server.current, ann.user);

    await back.refused('update_item', { list_id: ann.own, item_id: item.id, updates: { name: 'Mine' }, client_rev: lost }, 'error', 'revision_conflict');

    const snapshot = await back.next('list_snapshot');
    assert.deepEqual(Object.values(snapshot.items).map((one) => one.name), ['Saved']);
    assert.notEqual(snapshot.epoch, epoch);
    await back.ok('join', { known: { [ann.own]: { epoch, rev: lost } } });
    assert.equal((await back.next('list_snapshot')).epoch, snapshot.epoch);
    await back.refused('update_item', { list_id: ann.own, item_id: item.id, updates: { name: 'x' }, client_rev: saved, client_epoch: epoch }, 'error', 'revision_conflict');
    await back.ok('update_item', { list_id: ann.own, item_id: item.id, updates: { name: 'Mine' }, client_rev: snapshot.rev, client_epoch: snapshot.epoch });
  });

  test('what was acknowledged before a crash is there after it, and no rev is given twice', async () => {
    const ann = await joined(server.current, 'ann');
    const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => ann.ok('add_item', { list_id: ann.own, name: `Item ${i}` })));
    const last = Math.max(...replies.map((reply) => reply.rev));
    await server.current.kill();
    await server.current.restart();
    const back = await connect(server.current, ann.user);

    await back.ok('join');

    const [list] = (await back.next('user_lists')).lists;
    assert.deepEqual([Object.keys(list.items).length, list.rev], [30, last]);
    const { rev, prev_rev } = await add(back, ann.own);
    assert.ok(rev > last);
    assert.equal(prev_rev, last);
  });
});
