// join and join_list: snapshots, deltas, what a returning client gets, and that nothing falls between them and live events.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { add, connect, joined, person, sharing, uuid } from './support/client.js';
import { serverForAllTests } from './support/suite.js';

const server = serverForAllTests();
const default_queue_limit = 4 * 1024 * 1024;

describe('join', () => {
  test('gives a newcomer one list named My TODOs, however many sockets ask at once', async () => {
    const user = person('newcomer');
    const sockets = await Promise.all(Array.from({ length: 6 }, () => connect(server.current, user)));

    await Promise.all(sockets.map((socket) => socket.ok('join')));

    const ids = new Set();
    for (const socket of sockets) {
      const { lists } = await socket.next('user_lists');
      assert.deepEqual(lists.map((list) => [list.list_name, list.role]), [['My TODOs', 'owner']]);
      ids.add(lists[0].list_id);
    }
    assert.equal(ids.size, 1);
  });

  test('does not give it back to who deleted it', async () => {
    const ann = await joined(server.current, 'ann');
    await ann.ok('delete_list', { list_id: ann.own });

    await ann.ok('join');

    assert.deepEqual((await ann.next('user_lists', (data) => data.lists.length === 0)).lists, []);
  });

  test('sends one snapshot per list, then user_lists with the same, then acknowledges', async () => {
    const ann = await joined(server.current, 'ann');
    await ann.ok('create_list', { name: 'Second' });
    await add(ann, ann.own);
    const mark = ann.mark();

    await ann.ok('join');

    assert.deepEqual(ann.since(mark), ['list_snapshot', 'list_snapshot', 'user_lists', '(ack of join)']);
    const [first, second, { data: { lists } }] = ann.log.slice(mark);
    assert.deepEqual(lists, [first.data, second.data]);
    for (const list of lists) {
      assert.deepEqual(Object.keys(list).sort(), ['epoch', 'items', 'list_id', 'list_name', 'members', 'owner_id', 'rev', 'role']);
      assert.equal(typeof list.rev, 'number');
      assert.deepEqual(list.members.map((one) => [one.user_id, one.role]), [[ann.user, 'owner']]);
    }
  });

  test('works without a payload and without an acknowledgement', async () => {
    const ann = await connect(server.current, person('ann'));

    ann.socket.emit('join');

    assert.equal((await ann.next('user_lists')).lists.length, 1);
  });

  test('sends nothing of a list that is current, and names it without items', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    await add(ann, list_id, {}, [bob]);
    await bob.ok('join');
    const { lists } = await bob.next('user_lists', (data) => data.lists.length === 2);
    const known = Object.fromEntries(lists.map((list) => [list.list_id, { epoch: list.epoch, rev: String(list.rev) }]));
    const back = await connect(server.current, bob.user);

    await back.ok('join', { known });

    assert.deepEqual(back.since(0), ['connected', 'user_lists', '(ack of join)']);
    const named = (await back.next('user_lists')).lists;
    assert.deepEqual(named.map((list) => list.list_id).sort(), lists.map((list) => list.list_id).sort());
    assert.ok(named.every((list) => !('items' in list)));
    await add(ann, list_id, {}, [back]);
  });

  test('sends what was missed as a delta', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const kept = (await add(ann, list_id, { name: 'kept' }, [bob])).item;
    const changed = (await add(ann, list_id, { name: 'changed' }, [bob])).item;
    const removed = await add(ann, list_id, { name: 'removed' }, [bob]);
    await bob.ok('join_list', { list_id });
    const { epoch, rev } = await bob.next('list_snapshot', (data) => data.list_id === list_id && data.rev === removed.rev);
    bob.close();
    await ann.ok('update_item', { list_id, item_id: changed.id, updates: { done: true } });
    await ann.ok('delete_item', { list_id, item_id: removed.item.id });
    await ann.ok('add_item', { list_id, name: 'new' });
    const { rev: newest } = await ann.ok('update_list', { list_id, name: 'Renamed' });
    const back = await connect(server.current, bob.user);

    await back.ok('join', { known: { [list_id]: { epoch, rev } } });

    const delta = await back.next('list_delta');
    assert.deepEqual([delta.list_id, delta.epoch, delta.base_rev, delta.rev, delta.list_name], [list_id, epoch, rev, newest, 'Renamed']);
    assert.deepEqual(delta.items.map((item) => item.name).sort(), ['changed', 'new']);
    assert.deepEqual(delta.deleted, [removed.item.id]);
    assert.ok(!JSON.stringify(delta).includes(kept.id));
    assert.equal(back.about(list_id).filter((one) => one.event === 'list_snapshot').length, 0);
  });

  test('leaves out a list that is no longer the user\'s, even if it is known', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    await bob.ok('join_list', { list_id });
    const { epoch, rev } = await bob.next('list_snapshot', (data) => data.list_id === list_id);
    bob.close();
    await ann.ok('unshare_list', { list_id, user_id: bob.user });
    const back = await connect(server.current, bob.user);

    await back.ok('join', { known: { [list_id]: { epoch, rev } } });

    assert.ok(!(await back.next('user_lists')).lists.some((list) => list.list_id === list_id));
    assert.deepEqual(back.about(list_id), []);
  });
});

describe('join_list', () => {
  test('answers with a snapshot, or with a delta after `since`', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { rev } = await add(ann, list_id, {}, [bob]);
    await bob.ok('join_list', { list_id });
    const { epoch } = await bob.next('list_snapshot', (data) => data.list_id === list_id && data.rev === rev);
    await add(ann, list_id, { name: 'missed' }, [bob]);

    await bob.ok('join_list', { list_id, since: { epoch, rev } });

    const delta = await bob.next('list_delta');
    assert.deepEqual(delta.items.map((item) => item.name), ['missed']);
  });

  test('gives a snapshot for another epoch', async () => {
    const { ann, list_id } = await sharing(server.current);
    const { rev } = await add(ann, list_id);

    await ann.ok('join_list', { list_id, since: { epoch: 'of another life', rev } });

    assert.equal((await ann.next('list_snapshot', (data) => data.list_id === list_id)).rev, rev);
  });

  test('puts a socket that did not join into the room', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const socket = await connect(server.current, bob.user);

    await socket.ok('join_list', { list_id });

    await add(ann, list_id, {}, [socket]);
  });
});

async function hundredAtATime(all, act) {
  for (let i = 0; i < all.length; i += 100) await Promise.all(all.slice(i, i + 100).map(act));
}

describe('a list with as many items as the default limit allows', () => {
  let owner;
  let list_id;
  before(async () => {
    const ann = await joined(server.current, 'ann');
    await hundredAtATime([...Array(10_000).keys()], (i) => ann.ok('add_item', { list_id: ann.own, name: `Item ${i}` }));
    [owner, list_id] = [ann.user, ann.own];
    ann.close();
  });

  test('can be joined eight times in one go by a client that reads', async () => {
    const back = await connect(server.current, owner);

    await Promise.all(Array.from({ length: 8 }, () => back.ok('join_list', { list_id })));

    const snapshots = back.log.filter((one) => one.event === 'list_snapshot');
    assert.deepEqual(snapshots.map((one) => Object.keys(one.data.items).length), Array(8).fill(10_000));
    assert.ok(JSON.stringify(snapshots[0].data).length > default_queue_limit / 2);
  });

  test('can be joined with all others, asked for alone and conflicted with at once', async () => {
    const back = await connect(server.current, owner);
    const stale = { list_id, name: 'Of long ago', client_rev: 1 };

    const conflicts = Array.from({ length: 3 }, () => back.refused('update_list', stale, 'error', 'revision_conflict'));
    await Promise.all([back.ok('join'), back.ok('join'), back.ok('join_list', { list_id }), ...conflicts]);

    assert.equal(back.log.filter((one) => one.event === 'list_snapshot').length, 6);
    for (let i = 0; i < 2; ++i) assert.equal(Object.keys((await back.next('user_lists')).lists[0].items).length, 10_000);
  });

  test('can be emptied, and its trash looked through eight times in one go', async () => {
    const back = await connect(server.current, owner);
    await back.ok('join_list', { list_id });
    const { items } = await back.next('list_snapshot', (data) => data.list_id === list_id);
    await hundredAtATime(Object.keys(items), (item_id) => back.ok('delete_item', { list_id, item_id }));

    const answers = await Promise.all(Array.from({ length: 8 }, () => back.ok('get_trash', { list_id })));

    assert.deepEqual(answers.map((answer) => answer.items.length), Array(8).fill(10_000));
  });
});

test('snapshot and live events join without a hole or an overlap, however they race', async () => {
  const { ann, bob, list_id } = await sharing(server.current);
  let writing = true;
  const writes = (async () => {
    for (let i = 0; writing && i < 2000; ++i) await ann.ok('add_item', { list_id, name: `Item ${i}` });
  })();

  for (let round = 0; round < 15; ++round) {
    const socket = await connect(server.current, bob.user);
    await socket.ok('join_list', { list_id });
    const snapshot = await socket.next('list_snapshot', (data) => data.list_id === list_id);
    for (let i = 0; i < 2; ++i) await socket.next('item_added', (data) => data.rev > snapshot.rev);
    let { rev } = snapshot;
    const names = Object.values(snapshot.items).map((item) => item.name);
    // A late word that the list was shared may have let the socket in before it asked: what it heard then is in the snapshot.
    const heardSince = socket.log.slice(socket.log.findIndex((one) => one.data === snapshot));
    for (const { event, data } of heardSince.filter((one) => one.event === 'item_added')) {
      assert.equal(data.prev_rev, rev, event);
      rev = data.rev;
      names.push(data.item.name);
    }
    assert.deepEqual(new Set(names).size, names.length);
    assert.deepEqual(names.length, Math.max(...names.map((name) => Number(name.split(' ')[1]))) + 1);
    socket.close();
  }
  writing = false;
  await writes;
});

test('a gap can be closed: join_list since the last rev seen gives exactly what was missed', async () => {
  const { ann, bob, list_id } = await sharing(server.current);
  await bob.ok('join_list', { list_id });
  const start = await bob.next('list_snapshot', (data) => data.list_id === list_id);
  bob.close();
  const items = [];
  for (let i = 0; i < 5; ++i) items.push((await add(ann, list_id)).item.id);
  const back = await connect(server.current, bob.user);

  await back.ok('join_list', { list_id, since: { epoch: start.epoch, rev: start.rev } });

  const delta = await back.next('list_delta');
  assert.deepEqual(delta.items.map((item) => item.id).sort(), items.sort());
  assert.equal(delta.base_rev, start.rev);
  const { prev_rev } = await add(ann, list_id, { item_id: uuid() }, []);
  assert.equal((await back.next('item_added')).prev_rev, prev_rev);
  assert.equal(prev_rev, delta.rev);
});
