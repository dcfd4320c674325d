// The item events of the seed, and restore_item and get_trash beside them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { add, connect, joined, sharing, uuid } from './support/client.js';
import { serverForAllTests } from './support/suite.js';

const server = serverForAllTests();
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

describe('add_item', () => {
  test('makes an item with every field, and defaults for those left out', async () => {
    const ann = await joined(server.current, 'ann');

    const { item, rev, prev_rev, user_id, list_id } = await add(ann, ann.own, { name: '  Milk ' });

    assert.equal(list_id, ann.own);
    assert.equal(user_id, ann.user);
    assert.match(item.id, uuidForm);
    assert.match(item.created_at, timeForm);
    assert.equal(typeof item.position, 'string');
    assert.ok(rev > prev_rev && String(rev).length === 13);
    assert.deepEqual({ ...item, id: 0, created_at: 0, updated_at: 0, position: 0 }, {
      id: 0, list_id: ann.own, name: 'Milk', description: null, status: 'not_started', done: false, due_date: null, media_url: null,
      position: 0, is_deleted: false, rev, created_at: 0, updated_at: 0, created_by: ann.user, updated_by: ann.user,
    });
  });

  test('takes every field that may be given', async () => {
    const ann = await joined(server.current, 'ann');
    const given = {
      name: 'Cheese', description: 'old', status: 'in_progress', done: false, due_date: '2031-02-28', media_url: 'https://example.org/c.png',
      item_id: uuid(), position: 'a5',
    };

    const { item } = await add(ann, ann.own, given);

    const { item_id, ...fields } = given;
    assert.equal(item.id, item_id);
    for (const [field, value] of Object.entries(fields)) assert.equal(item[field], value, field);
  });

  test('answers with the fields of its event, after the event', async () => {
    const ann = await joined(server.current, 'ann');
    const mark = ann.mark();
    const op_id = uuid();

    const reply = await ann.ok('add_item', { list_id: ann.own, name: 'Tea', op_id });

    const event = await ann.next('item_added');
    assert.deepEqual(ann.since(mark), ['item_added', '(ack of add_item)']);
    assert.equal(event.op_id, op_id);
    assert.equal(reply.rev, event.rev);
    assert.deepEqual(reply.item, event.item);
  });

  test('lets status and done follow one another, and keeps both when both are given', async () => {
    const ann = await joined(server.current, 'ann');
    const of = async (fields) => {
      const { item } = await add(ann, ann.own, fields);
      return [item.status, item.done];
    };

    assert.deepEqual(await of({ status: 'completed' }), ['completed', true]);
    assert.deepEqual(await of({ status: 'in_progress' }), ['in_progress', false]);
    assert.deepEqual(await of({ done: true }), ['completed', true]);
    assert.deepEqual(await of({ done: false, status: 'completed' }), ['completed', false]);
  });

  test('puts new items at the end', async () => {
    const ann = await joined(server.current, 'ann');
    const positions = [];
    for (let i = 0; i < 12; ++i) positions.push((await add(ann, ann.own)).item.position);

    assert.deepEqual([...positions].sort((a, b) => (a < b ? -1 : 1)), positions);
    assert.equal(new Set(positions).size, positions.length);
  });

  test('reaches every member, each once, with the same content', async () => {
    const { ann, bob, list_id } = await sharing(server.current);

    await bob.ok('add_item', { list_id, name: 'From Bob' });

    const seen = await Promise.all([ann.next('item_added'), bob.next('item_added')]);
    assert.deepEqual(seen[0], seen[1]);
    assert.equal(seen[0].user_id, bob.user);
    await ann.settle();
    assert.equal(ann.about(list_id).filter((one) => one.event === 'item_added').length, 1);
  });

  test('does without an acknowledgement', async () => {
    const ann = await joined(server.current, 'ann');

    ann.emit('add_item', { list_id: ann.own, name: 'No ack' });

    assert.equal((await ann.next('item_added')).item.name, 'No ack');
  });
});

describe('update_item', () => {
  test('writes the fields of `updates` and touches no other', async () => {
    const ann = await joined(server.current, 'ann');
    const { item } = await add(ann, ann.own, { description: 'kept', due_date: '2031-01-01T08:00:00Z' });

    await ann.ok('update_item', { list_id: ann.own, item_id: item.id, updates: { name: 'New name' } });

    const after = (await ann.next('item_updated')).item;
    assert.deepEqual({ ...after, rev: 0, updated_at: 0 }, { ...item, name: 'New name', rev: 0, updated_at: 0 });
    assert.ok(after.rev > item.rev);
  });

  test('takes the fields at top level too, with `rev` for client_rev as number or text', async () => {
    const ann = await joined(server.current, 'ann');
    const { item, rev } = await add(ann, ann.own);

    const first = await ann.ok('update_item', { list_id: ann.own, item_id: item.id, name: 'One', rev });
    await ann.ok('update_item', { list_id: ann.own, item_id: item.id, name: 'Two', rev: String(first.rev) });

    assert.equal((await ann.next('item_updated')).item.name, 'One');
    assert.equal((await ann.next('item_updated')).item.name, 'Two');
  });

  test('clears description, due_date and media_url with null', async () => {
    const ann = await joined(server.current, 'ann');
    const { item } = await add(ann, ann.own, { description: 'd', due_date: '2031-01-01', media_url: 'http://example.org/x' });

    await ann.ok('update_item', { list_id: ann.own, item_id: item.id, updates: { description: null, due_date: null, media_url: null } });

    const after = (await ann.next('item_updated')).item;
    assert.deepEqual([after.description, after.due_date, after.media_url], [null, null, null]);
  });

  test('moves one item by its position alone', async () => {
    const ann = await joined(server.current, 'ann');
    const first = (await add(ann, ann.own)).item;
    const second = (await add(ann, ann.own)).item;

    await ann.ok('update_item', { list_id: ann.own, item_id: second.id, updates: { position: 'A0' } });

    const moved = (await ann.next('item_updated')).item;
    assert.equal(moved.position, 'A0');
    assert.ok(moved.position < first.position);
  });

  test('that writes nothing new answers ok with the present rev and makes no event', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item, rev } = await add(ann, list_id, { name: 'Same' }, [bob]);
    const mark = ann.mark();

    const reply = await ann.ok('update_item', { list_id, item_id: item.id, updates: { name: 'Same' } });

    assert.equal(reply.rev, rev);
    assert.deepEqual(ann.since(mark), ['(ack of update_item)']);
    await add(ann, list_id, {}, [bob]);
    assert.ok(!bob.since(0).includes('item_updated'));
  });

  test('lets the last write win where no client_rev is given', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item } = await add(ann, list_id, {}, [bob]);

    await ann.ok('update_item', { list_id, item_id: item.id, updates: { name: 'Ann' } });
    await bob.ok('update_item', { list_id, item_id: item.id, updates: { name: 'Bob' } });

    for (const one of [ann, bob]) {
      assert.equal((await one.next('item_updated')).item.name, 'Ann');
      assert.equal((await one.next('item_updated')).item.name, 'Bob');
    }
  });
});

describe('delete_item, restore_item and get_trash', () => {
  test('delete for all, show in the trash, restore for all', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item } = await add(ann, list_id, { name: 'Here and gone' }, [bob]);

    const deleted = await bob.ok('delete_item', { list_id, item_id: item.id });
    const event = await ann.next('item_deleted');
    assert.deepEqual({ ...event, prev_rev: 0 }, { list_id, item_id: item.id, rev: deleted.rev, prev_rev: 0, user_id: bob.user });

    const trash = await ann.ok('get_trash', { list_id });
    assert.deepEqual(trash.items.map((one) => [one.id, one.is_deleted]), [[item.id, true]]);
    await ann.ok('join_list', { list_id });
    assert.deepEqual((await ann.next('list_snapshot', (data) => data.list_id === list_id && data.rev === deleted.rev)).items, {});

    await ann.ok('restore_item', { list_id, item_id: item.id });
    const restored = await bob.next('item_added');
    assert.deepEqual([restored.item.id, restored.item.name, restored.item.is_deleted], [item.id, 'Here and gone', false]);
    assert.deepEqual((await ann.ok('get_trash', { list_id })).items, []);
  });
});

describe('op_id', () => {
  test('sent twice is applied once, and the repeat answers with the first rev only to the sender', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const op_id = uuid();
    const first = await ann.ok('add_item', { list_id, name: 'Once', op_id });
    await ann.next('item_added');
    const mark = ann.mark();

    const second = await ann.ok('add_item', { list_id, name: 'Once', op_id });

    assert.equal(second.rev, first.rev);
    assert.deepEqual(ann.since(mark), ['(ack of add_item)']);
    await add(ann, list_id, { name: 'Witness' }, [bob]);
    assert.deepEqual(bob.log.filter((one) => one.event === 'item_added').map((one) => one.data.item.name), ['Once', 'Witness']);
  });

  test('belongs to its user, and is not remembered for what was refused', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const op_id = uuid();
    const item_id = uuid();
    await ann.refused('delete_item', { list_id, item_id, op_id }, 'action_error', 'not_found');
    await add(ann, list_id, { item_id }, [bob]);

    await ann.ok('delete_item', { list_id, item_id, op_id });
    await bob.ok('add_item', { list_id, name: "Bob's", op_id });

    assert.equal((await ann.next('item_added', (data) => data.user_id === bob.user)).item.name, "Bob's");
  });

  test('is remembered over a restart', async () => {
    const ann = await joined(server.current, 'ann');
    const op_id = uuid();
    const first = await ann.ok('add_item', { list_id: ann.own, name: 'Before', op_id });
    ann.close();
    await server.current.restart();

    const back = await connect(server.current, ann.user);
    await back.ok('join');
    const second = await back.ok('add_item', { list_id: ann.own, name: 'Before', op_id });

    assert.equal(second.rev, first.rev);
    const [list] = (await back.next('user_lists')).lists;
    assert.equal(Object.keys(list.items).length, 1);
  });
});

describe('order', () => {
  test('every member sees one chain of revs, whoever writes and however fast', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item } = await add(ann, list_id, {}, [bob]);
    const marks = [ann.mark(), bob.mark()];

    const writes = [];
    for (let i = 0; i < 60; ++i) {
      const who = i % 2 ? ann : bob;
      writes.push(i % 3 ? who.ok('add_item', { list_id, name: `Item ${i}` }) : who.ok('update_item', { list_id, item_id: item.id, updates: { name: `Name ${i}` } }));
    }
    const replies = await Promise.all(writes);
    await ann.ok('join_list', { list_id });
    await bob.ok('join_list', { list_id });

    const chains = [ann, bob].map((one, i) => one.log.slice(marks[i]).filter((entry) => entry.event.startsWith('item_')).map((entry) => [entry.data.prev_rev, entry.data.rev]));
    assert.deepEqual(chains[0], chains[1]);
    assert.equal(chains[0].length, 60);
    for (let i = 1; i < 60; ++i) assert.equal(chains[0][i][0], chains[0][i - 1][1]);
    assert.deepEqual(new Set(replies.map((reply) => reply.rev)), new Set(chains[0].map(([, rev]) => rev)));
  });
});
