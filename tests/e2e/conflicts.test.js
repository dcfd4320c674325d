// Concurrent edits: who is refused, what the loser is shown, for each CONFLICT_SCOPE.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { add, sharing } from './support/client.js';
import { serverForAllTests, withServer } from './support/suite.js';

const server = serverForAllTests();

/** The refusal of a conflict: the snapshot to the sender first, then the error. */
async function conflicts(client, event, data) {
  const mark = client.mark();
  const error = await client.refused(event, data, 'error', 'revision_conflict');
  assert.equal(error.message, 'Revision conflict');
  assert.deepEqual(client.since(mark), ['list_snapshot', `(ack of ${event})`]);
  return client.next('list_snapshot', (snapshot) => snapshot === client.log[mark].data);
}

describe('CONFLICT_SCOPE=field', () => {
  test('refuses a write to a field that changed since, and shows the present list to its sender alone', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item, rev } = await add(ann, list_id, { name: 'First' }, [bob]);
    const { rev: newest } = await ann.ok('update_item', { list_id, item_id: item.id, updates: { name: 'Second' }, client_rev: rev });
    await bob.next('item_updated');
    const annsMark = ann.mark();

    const snapshot = await conflicts(bob, 'update_item', { list_id, item_id: item.id, updates: { name: 'Third' }, client_rev: rev });

    assert.equal(snapshot.list_id, list_id);
    assert.equal(snapshot.items[item.id].name, 'Second');
    assert.equal(snapshot.rev, newest);
    await ann.settle();
    assert.deepEqual(ann.since(annsMark), ['(ack of get_trash)']);
  });

  test('accepts a write to another field', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item, rev } = await add(ann, list_id, {}, [bob]);
    await ann.ok('update_item', { list_id, item_id: item.id, updates: { name: 'Other' }, client_rev: rev });

    await bob.ok('update_item', { list_id, item_id: item.id, updates: { description: 'mine' }, client_rev: rev });

    const { item: merged } = await bob.next('item_updated', (data) => data.item.description === 'mine');
    assert.equal(merged.name, 'Other');
  });

  test('counts status and done as one field', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item, rev } = await add(ann, list_id, {}, [bob]);
    await ann.ok('update_item', { list_id, item_id: item.id, updates: { done: true }, client_rev: rev });
    await bob.next('item_updated');

    await conflicts(bob, 'update_item', { list_id, item_id: item.id, updates: { status: 'in_progress' }, client_rev: rev });
  });

  test('refuses a delete when any field changed since', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item, rev } = await add(ann, list_id, {}, [bob]);
    await ann.ok('update_item', { list_id, item_id: item.id, updates: { media_url: 'https://example.org' } });
    await bob.next('item_updated');

    await conflicts(bob, 'delete_item', { list_id, item_id: item.id, client_rev: String(rev) });
    await bob.ok('delete_item', { list_id, item_id: item.id });
  });

  test('refuses a rename of a list that was renamed since', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { rev } = await add(ann, list_id, {}, [bob]);
    await ann.ok('update_list', { list_id, name: "Ann's", client_rev: rev });
    await bob.next('list_updated');

    const snapshot = await conflicts(bob, 'update_list', { list_id, name: "Bob's", client_rev: rev });

    assert.equal(snapshot.list_name, "Ann's");
  });

  test('is a conflict with another client_epoch', async () => {
    const { ann, list_id } = await sharing(server.current);
    const { item, rev } = await add(ann, list_id);

    await conflicts(ann, 'update_item', { list_id, item_id: item.id, updates: { name: 'x' }, client_rev: rev, client_epoch: 'of another life' });
  });

  test('takes a client_rev more than a minute ahead of all clocks for a fault', async () => {
    const { ann, list_id } = await sharing(server.current);
    const { item } = await add(ann, list_id);
    const client_rev = Date.now() + 120_000;

    await ann.refused('update_item', { list_id, item_id: item.id, updates: { name: 'x' }, client_rev }, 'validation_error', 'invalid_payload');
  });

  test('says so by events where no acknowledgement was asked for', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item, rev } = await add(ann, list_id, {}, [bob]);
    await ann.ok('update_item', { list_id, item_id: item.id, updates: { name: 'New' } });
    await bob.next('item_updated');
    const mark = bob.mark();

    bob.emit('update_item', { list_id, item_id: item.id, updates: { name: 'Old' }, client_rev: rev });

    const error = await bob.next('error');
    assert.deepEqual([error.code, error.message], ['revision_conflict', 'Revision conflict']);
    assert.deepEqual(bob.since(mark), ['list_snapshot', 'error']);
  });
});

describe('CONFLICT_SCOPE=item', () => {
  test('refuses a write to an item of which another field changed', async () => {
    await withServer({ CONFLICT_SCOPE: 'item' }, async (own) => {
      const { ann, bob, list_id } = await sharing(own);
      const { item, rev } = await add(ann, list_id, {}, [bob]);
      const { item: second } = await add(ann, list_id, {}, [bob]);
      await ann.ok('update_item', { list_id, item_id: item.id, updates: { name: 'New' }, client_rev: rev });
      await bob.next('item_updated');

      await conflicts(bob, 'update_item', { list_id, item_id: item.id, updates: { description: 'x' }, client_rev: rev });
      await bob.ok('update_item', { list_id, item_id: second.id, updates: { description: 'x' }, client_rev: second.rev });
    });
  });
});

describe('CONFLICT_SCOPE=list', () => {
  test('refuses a write when any item of the list changed, as the seed does', async () => {
    await withServer({ CONFLICT_SCOPE: 'list' }, async (own) => {
      const { ann, bob, list_id } = await sharing(own);
      const { item, rev } = await add(ann, list_id, {}, [bob]);
      const { rev: newest } = await add(ann, list_id, {}, [bob]);

      await conflicts(bob, 'update_item', { list_id, item_id: item.id, updates: { name: 'x' }, client_rev: rev });
      await bob.ok('update_item', { list_id, item_id: item.id, updates: { name: 'x' }, client_rev: newest });
    });
  });
});
