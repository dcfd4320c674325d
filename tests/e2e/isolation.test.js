// Nobody receives or changes anything of a list whose member he is not at that moment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, connect, joined, person, sharing, uuid } from './support/client.js';
import { serverForAllTests } from './support/suite.js';

const server = serverForAllTests();

/** Every event that an outsider could try on somebody else's list. */
const attempts = (list_id, item_id, user) => [
  ['join_list', { list_id }], ['join_list', { list_id, since: { epoch: 'x', rev: 0 } }], ['add_item', { list_id, name: 'x' }],
  ['update_item', { list_id, item_id, updates: { name: 'x' } }], ['update_item', { list_id, item_id, name: 'x', user_id: user }],
  ['delete_item', { list_id, item_id }], ['restore_item', { list_id, item_id }], ['update_list', { list_id, name: 'x' }],
  ['delete_list', { list_id }], ['restore_list', { list_id }], ['share_list', { list_id, shared_user_id: user, role: 'editor' }],
  ['unshare_list', { list_id, user_id: user }], ['leave_list', { list_id }], ['transfer_list', { list_id, user_id: user }],
  ['create_share_link', { list_id, role: 'editor' }], ['list_share_links', { list_id }], ['presence', { list_id, state: 'here' }],
  ['get_trash', { list_id }],
];

test('an outsider can do nothing and hears nothing', async () => {
  const { ann, bob, list_id } = await sharing(server.current);
  const eve = await joined(server.current, 'eve');
  const { item } = await add(ann, list_id, { name: 'Secret' }, [bob]);
  await ann.ok('join_list', { list_id });
  const before = await ann.next('list_snapshot', (data) => data.list_id === list_id);
  const mark = ann.mark();

  for (const [event, data] of attempts(list_id, item.id, eve.user)) await eve.refused(event, data, 'permission_error', 'forbidden');
  const ops = attempts(list_id, item.id, eve.user).map(([event, data]) => ({ event, data }));
  const { replies } = await eve.ok('batch', { ops });
  assert.ok(replies.every((reply) => !reply.ok));
  await eve.ok('join', { known: { [list_id]: { epoch: before.epoch, rev: 0 } } });

  await ann.settle();
  assert.deepEqual(ann.since(mark), ['(ack of get_trash)']);
  await ann.ok('join_list', { list_id });
  assert.deepEqual(await ann.next('list_snapshot', (data) => data.list_id === list_id), before);
  await add(ann, list_id, {}, [bob]);
  await eve.settle();
  assert.deepEqual(eve.about(list_id), []);
  assert.ok(!JSON.stringify(eve.log).includes('Secret'));
});

test('an item of one list cannot be reached through another', async () => {
  const ann = await joined(server.current, 'ann');
  const eve = await joined(server.current, 'eve');
  const { item } = await add(ann, ann.own, { name: "Ann's" });

  await eve.refused('update_item', { list_id: eve.own, item_id: item.id, name: 'x' }, 'action_error', 'not_found');
  await eve.refused('delete_item', { list_id: eve.own, item_id: item.id }, 'action_error', 'not_found');
  const own = await add(eve, eve.own, { item_id: item.id, name: "Eve's" });

  await ann.ok('join_list', { list_id: ann.own });
  const { items } = await ann.next('list_snapshot', (data) => data.items[item.id] !== undefined);
  assert.equal(items[item.id].name, "Ann's");
  assert.equal(own.item.name, "Eve's");
});

test('whoever is removed hears nothing from that moment on, on no socket', async () => {
  const { ann, bob, list_id } = await sharing(server.current);
  const phone = await connect(server.current, bob.user);
  await phone.ok('join');
  await ann.ok('unshare_list', { list_id, user_id: bob.user });
  for (const socket of [bob, phone]) await socket.next('list_deleted');
  const marks = [bob.mark(), phone.mark()];

  await add(ann, list_id, { name: 'After' });
  await ann.ok('update_list', { list_id, name: 'After' });
  await ann.ok('presence', { list_id, state: 'editing' });

  for (const [i, socket] of [bob, phone].entries()) {
    await socket.settle();
    assert.deepEqual(socket.since(marks[i]), ['(ack of get_trash)']);
    await socket.refused('add_item', { list_id, name: 'x' }, 'permission_error', 'forbidden');
  }
  const later = await connect(server.current, bob.user);
  await later.ok('join');
  assert.ok(!JSON.stringify(later.log).includes(list_id));
});

test('a repeated op_id answers nobody who is no member any more', async () => {
  const { ann, bob, list_id } = await sharing(server.current);
  const op_id = uuid();
  await bob.ok('add_item', { list_id, name: 'Once', op_id });
  await ann.ok('unshare_list', { list_id, user_id: bob.user });
  await bob.next('list_deleted');

  await bob.refused('add_item', { list_id, name: 'Once', op_id }, 'permission_error', 'forbidden');
});

test('identity is the token\'s, whatever a payload claims', async () => {
  const { ann, bob, list_id } = await sharing(server.current);

  await bob.ok('add_item', { list_id, user_id: ann.user, owner_user_id: ann.user, name: 'x' });

  const { item, user_id } = await ann.next('item_added');
  assert.deepEqual([user_id, item.created_by], [bob.user, bob.user]);
  await bob.refused('share_list', { list_id, owner_user_id: ann.user, shared_user_id: person('cat'), role: 'editor' }, 'permission_error', 'forbidden');
});

test('many users, each in his own lists, see only their own', async () => {
  const users = await Promise.all(Array.from({ length: 12 }, (_, i) => joined(server.current, `user${i}`)));

  await Promise.all(users.flatMap((user) => Array.from({ length: 10 }, (_, i) => user.ok('add_item', { list_id: user.own, name: `${user.user} ${i}` }))));

  for (const user of users) {
    await user.settle();
    const added = user.log.filter((one) => one.event === 'item_added').map((one) => one.data);
    assert.equal(added.length, 10);
    assert.ok(added.every((data) => data.list_id === user.own && data.user_id === user.user && data.item.name.startsWith(`${user.user} `)));
  }
});
