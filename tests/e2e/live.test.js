// batch, presence and authenticate: what a client does besides editing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { add, connect, joined, person, sharing, uuid } from './support/client.js';
import { now, token } from './support/token.js';
import { serverForAllTests } from './support/suite.js';

const server = serverForAllTests();

describe('batch', () => {
  test('applies an offline queue in order and answers each operation', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const [item_id, missing] = [uuid(), uuid()];

    const { replies } = await ann.ok('batch', {
      ops: [
        { event: 'add_item', data: { list_id, name: 'One', item_id } },
        { event: 'update_item', data: { list_id, item_id, updates: { done: true } } },
        { event: 'delete_item', data: { list_id, item_id: missing } },
        { event: 'add_item', data: { list_id, name: '' } },
        { event: 'delete_item', data: { list_id, item_id } },
      ],
    });

    assert.deepEqual(replies.map((reply) => reply.ok), [true, true, false, false, true]);
    assert.deepEqual(replies.slice(2, 4).map((reply) => reply.error.code), ['not_found', 'invalid_payload']);
    assert.ok(replies[0].rev < replies[1].rev && replies[1].rev < replies[4].rev);
    await bob.next('item_deleted');
    assert.deepEqual(bob.about(list_id).map((one) => one.event).slice(-3), ['item_added', 'item_updated', 'item_deleted']);
  });

  test('sends at most one conflict snapshot per list, at the end', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item, rev } = await add(ann, list_id, {}, [bob]);
    await ann.ok('update_item', { list_id, item_id: item.id, updates: { name: 'New' } });
    await bob.next('item_updated');
    const mark = bob.mark();
    const stale = { event: 'update_item', data: { list_id, item_id: item.id, updates: { name: 'Old' }, client_rev: rev } };

    const { replies } = await bob.ok('batch', { ops: [stale, stale, { event: 'add_item', data: { list_id, name: 'Fine' } }] });

    assert.deepEqual(replies.map((reply) => reply.ok), [false, false, true]);
    assert.deepEqual(bob.since(mark), ['item_added', 'list_snapshot', '(ack of batch)']);
    const { data: snapshot } = bob.log[mark + 1];
    assert.equal(Object.keys(snapshot.items).length, 2);
  });

  test('repeated with the same op_ids changes nothing more', async () => {
    const ann = await joined(server.current, 'ann');
    const ops = Array.from({ length: 20 }, (_, i) => ({ event: 'add_item', data: { list_id: ann.own, name: `Item ${i}`, op_id: uuid() } }));
    const first = await ann.ok('batch', { ops });

    const second = await ann.ok('batch', { ops });

    assert.deepEqual(second.replies.map((reply) => reply.rev), first.replies.map((reply) => reply.rev));
    assert.equal(ann.log.filter((one) => one.event === 'item_added').length, 20);
  });

  test('has at most 500 operations and no batch in it', async () => {
    const ann = await joined(server.current, 'ann');
    const op = { event: 'add_item', data: { list_id: ann.own, name: 'x' } };

    await ann.refused('batch', { ops: Array(501).fill(op) }, 'validation_error', 'invalid_payload');
    const nested = await ann.send('batch', { ops: [{ event: 'batch', data: { ops: [op] } }, op] });

    assert.deepEqual([nested.ok, nested.replies[0].ok, nested.replies[1].ok], [true, false, true]);
    const { replies } = await ann.ok('batch', { ops: Array(500).fill(op) });
    assert.equal(replies.filter((reply) => reply.ok).length, 500);
  });
});

describe('presence', () => {
  const states = (event) => new Map(event.users.map((one) => [one.user_id, one.state]));

  test('is seen by the members of the list, with the place in it', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { item } = await add(ann, list_id, {}, [bob]);

    await ann.ok('presence', { list_id, item_id: item.id, state: 'editing' });

    const event = await bob.next('presence_state', (data) => states(data).get(ann.user) === 'editing');
    assert.equal(event.list_id, list_id);
    const { user_id, item_id, state } = event.users.find((one) => one.user_id === ann.user);
    assert.deepEqual({ user_id, item_id, state }, { user_id: ann.user, item_id: item.id, state: 'editing' });
  });

  test('ends with the socket', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    await bob.ok('presence', { list_id, state: 'viewing' });
    await ann.ok('presence', { list_id, state: 'viewing' });
    await ann.next('presence_state', (data) => states(data).has(bob.user));

    bob.close();

    await ann.next('presence_state', (data) => states(data).has(ann.user) && !states(data).has(bob.user));
  });

  test('comes at most twice a second per list, and the last state wins', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const start = Date.now();

    for (let i = 0; i < 60; ++i) await ann.ok('presence', { list_id, state: `state ${i}` });

    await bob.next('presence_state', (data) => states(data).get(ann.user) === 'state 59');
    const seconds = (Date.now() - start) / 1000;
    const got = bob.log.filter((one) => one.event === 'presence_state').length;
    assert.ok(got <= 2 * seconds + 2, `${got} events in ${seconds} s`);
  });

  test('is for members', async () => {
    const { ann, bob, list_id } = await sharing(server.current, 'viewer');
    const cat = await joined(server.current, 'cat');

    await bob.ok('presence', { list_id, state: 'viewing' });
    await ann.next('presence_state', (data) => states(data).has(bob.user));
    await cat.refused('presence', { list_id, state: 'viewing' }, 'permission_error', 'forbidden');
  });
});

describe('authenticate', () => {
  const ends = async (exp) => {
    const user = person('short');
    const client = await connect(server.current, user, { token: token(user, { exp }) });
    await client.ok('join');
    const [{ list_id }] = (await client.next('user_lists')).lists;
    assert.equal((await client.next('auth_error')).code, 'token_expired');
    await client.refused('add_item', { list_id, name: 'Too late' }, 'auth_error', 'token_expired');

    await client.ok('authenticate', { token: token(user) });

    await add(client, list_id, { name: 'In time' });
  };

  test('a token that ends is announced, writes are refused, and a fresh one lets them through again', () => ends(now() + 2));

  test('a token that was let in by the leeway has its 30 seconds too', () => ends(now() - 57));

  test('refuses a token of another user, and one that is no good', async () => {
    const ann = await joined(server.current, 'ann');

    await ann.refused('authenticate', { token: token('somebody else') }, 'auth_error', 'token_invalid');
    await ann.refused('authenticate', { token: 'nonsense' }, 'auth_error', 'token_invalid');
    await ann.refused('authenticate', { token: token(ann.user, { exp: now() - 3600 }) }, 'auth_error', 'token_expired');
    await add(ann, ann.own);
  });
});
