// Two servers around one Redis and one PostgreSQL: for their clients they are one.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { add, connect, joined, uuid } from './support/client.js';
import { items } from './support/database.js';
import { withDeadline } from './support/deadline.js';
import { twoServersForAllTests, withServer } from './support/suite.js';

const health = async (server) => (await fetch(`${server.url}/health`)).json();

/** Asks until it is so. */
async function until(is, what) {
  const waiting = (async () => {
    while (!(await is().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 25));
  })();
  await withDeadline(waiting, () => what);
}

/** The same user at another server. */
async function also(client, server) {
  const other = await connect(server, client.user);
  await other.ok('join');
  return other;
}

/** Sends a change again with the same op_id, as a client does, until it is taken. */
async function insist(client, event, data) {
  let reply;
  await until(async () => {
    reply = await client.send(event, data);
    if (!reply.ok) assert.equal(reply.error.code, 'unavailable', JSON.stringify(reply));
    return reply.ok;
  }, `${event} is accepted`);
  return reply;
}

describe('two servers', { timeout: 240_000 }, () => {
  const servers = twoServersForAllTests();

  test('a phone and a laptop see each other’s changes at once, in order', async () => {
    const { current: one, other: two } = servers;
    const phone = await joined(one, 'ann');
    const laptop = await also(phone, two);
    const revs = [];
    for (let n = 0; n < 20; ++n) {
      const [from, to] = n % 2 ? [phone, laptop] : [laptop, phone];
      const { rev } = await add(from, phone.own, { name: `Item ${n}` });
      const heard = await to.next('item_added', (data) => data.rev === rev);
      assert.equal(heard.prev_rev, revs.at(-1) ?? heard.prev_rev);
      revs.push(rev);
    }
    for (const device of [phone, laptop]) {
      const told = device.log.filter((one) => one.event === 'item_added').map((one) => one.data.rev);
      assert.deepEqual(told, revs, 'each once, in order');
    }
    const late = await also(phone, two);
    assert.deepEqual(Object.values((await late.next('user_lists')).lists[0].items).map((item) => item.name).sort(),
      Array.from({ length: 20 }, (_, n) => `Item ${n}`).sort());
    assert.equal(items(one).filter((row) => row.list_id === phone.own).length, 20, 'and so does the database');
  });

  test('both may change different fields of one item; the same field is a conflict', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const other = await also(ann, two);
    const { item } = await add(ann, ann.own, { name: 'milk' });
    await other.next('item_added');
    const seen = { list_id: ann.own, item_id: item.id, client_rev: item.rev };
    const replies = await Promise.all([
      ann.send('update_item', { ...seen, updates: { name: 'oat milk' } }),
      other.send('update_item', { ...seen, updates: { description: 'two' } }),
    ]);
    assert.deepEqual(replies.map((reply) => reply.ok), [true, true]);
    const error = await other.refused('update_item', { ...seen, updates: { name: 'soy milk' } }, 'error', 'revision_conflict');
    assert.match(error.message, /conflict/i);
    const snapshot = await other.next('list_snapshot', (data) => data.list_id === ann.own && data.rev >= Math.max(...replies.map((reply) => reply.rev)));
    assert.deepEqual([snapshot.items[item.id].name, snapshot.items[item.id].description], ['oat milk', 'two']);
  });

  test('an op_id that is repeated at the other server changes nothing', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const other = await also(ann, two);
    const data = { list_id: ann.own, name: 'once', op_id: uuid() };
    const first = await ann.ok('add_item', data);
    await other.next('item_added');
    const mark = other.mark();
    assert.equal((await other.ok('add_item', data)).rev, first.rev);
    await other.settle();
    assert.ok(!other.since(mark).includes('item_added'));
  });

  test('what is shared at one server reaches the other at once, and ends there at once', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const bob = await joined(two, 'bob');
    await ann.ok('share_list', { list_id: ann.own, shared_user_id: bob.user, role: 'editor' });
    const shared = await bob.next('list_shared_with_you');
    assert.equal(shared.list_id ?? shared.list?.list_id, ann.own);
    await add(bob, ann.own, { name: 'from bob' });
    assert.equal((await ann.next('item_added')).item.name, 'from bob');

    const again = await also(bob, two);
    assert.ok((await again.next('user_lists')).lists.some((list) => list.list_id === ann.own));

    await ann.ok('unshare_list', { list_id: ann.own, user_id: bob.user });
    await bob.next('list_deleted', (data) => data.list_id === ann.own);
    const mark = bob.mark();
    await add(ann, ann.own, { name: 'not for bob' });
    await bob.settle();
    assert.ok(!bob.since(mark).includes('item_added'));
    await bob.refused('add_item', { list_id: ann.own, name: 'no' }, 'permission_error', 'forbidden');
  });

  test('who looks at a list is seen at both', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const other = await also(ann, two);
    await ann.ok('presence', { list_id: ann.own, state: 'editing' });
    const seen = await other.next('presence_state', (data) => data.users.length === 1);
    assert.equal(seen.users[0].user_id, ann.user);
    ann.close();
    await other.next('presence_state', (data) => data.users.length === 0);
  });

  const post = async (server, path, body, headers = {}, method = 'POST') => fetch(`${server.url}/auth/${path}`, {
    method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body),
  });

  test('who gets another name at one server has it at the other, and each login can be ended there', async () => {
    const { current: one, other: two } = servers;
    const account = { email: `${uuid()}@example.org`, password: 'long enough', name: 'Ann' };
    assert.equal((await post(one, 'register', account)).status, 201);
    const logins = await Promise.all([one, two].map((server) => post(server, 'login', account).then((answer) => answer.json())));
    const [{ user_id }, { access_token }] = logins;
    const ann = await connect(one, user_id, { token: logins[0].access_token });
    await ann.ok('join');
    const { list_id } = await ann.ok('create_list', { name: 'Shared' });
    const bob = await joined(one, 'bob');
    await ann.ok('share_list', { list_id, shared_user_id: bob.user, role: 'viewer' });
    await bob.next('list_shared_with_you');

    assert.equal((await post(two, 'me', { name: 'Anna' }, { authorization: `Bearer ${access_token}` }, 'PATCH')).status, 200);

    for (const socket of [ann, bob]) {
      await socket.next('members_changed', (data) => data.list_id === list_id && data.members.some(({ name }) => name === 'Anna'));
      await socket.settle();
    }
    assert.ok(!ann.log.some(({ event }) => event === 'list_shared_with_you'), 'nothing was shared with her');
    assert.equal(bob.log.filter(({ event }) => event === 'list_shared_with_you').length, 1);
    assert.ok((await post(two, 'logout', { everywhere: true }, { authorization: `Bearer ${access_token}` })).ok);
    await ann.next('(disconnect)');
  });

  test('who signs out at one server is out at the other', async () => {
    const { current: one, other: two } = servers;
    const account = { email: `${uuid()}@example.org`, password: 'long enough', name: 'Ann' };
    assert.equal((await post(one, 'register', account)).status, 201);
    const login = await post(two, 'login', account);
    const { access_token, user_id } = await login.json();
    const there = await connect(one, user_id, { token: access_token });
    const out = await post(two, 'logout', {}, { authorization: `Bearer ${access_token}` });
    assert.ok(out.ok, `${out.status} ${await out.text()}`);
    await there.next('(disconnect)');
  });
});

test('a share that was acknowledged is in the next join at every server, though nothing has reached the database', { timeout: 120_000 }, async () => {
  await withServer({ WORKER: 'off' }, async (one) => {
    const two = await one.another();
    const ann = await joined(one, 'ann');
    const bob = await joined(two, 'bob');
    bob.close();
    await ann.ok('share_list', { list_id: ann.own, shared_user_id: bob.user, role: 'viewer' });
    assert.ok(one.redis.waiting() > 0, 'nobody drains the stream');

    const again = await connect(two, bob.user);
    await again.ok('join');
    assert.ok((await again.next('user_lists')).lists.some((list) => list.list_id === ann.own));

    await ann.ok('unshare_list', { list_id: ann.own, user_id: bob.user });
    const third = await connect(two, bob.user);
    await third.ok('join');
    assert.ok(!(await third.next('user_lists')).lists.some((list) => list.list_id === ann.own));
  });
});

describe('when a tier goes', { timeout: 240_000 }, () => {
  const servers = twoServersForAllTests();

  test('Redis: reads go on, writes are refused at once, and all is there when it is back', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const other = await also(ann, two);
    const { item, rev } = await add(ann, ann.own, { name: 'before' });
    await other.next('item_added');
    const { epoch } = await ann.next('list_snapshot').catch(() => ({})) ?? {};

    await one.redis.kill();
    await until(async () => (await health(one)).redis !== 'ok', 'the server says that Redis is away');
    const started = Date.now();
    await ann.refused('add_item', { list_id: ann.own, name: 'lost?', op_id: uuid() }, 'error', 'unavailable');
    assert.ok(Date.now() - started < 5_000);
    await ann.ok('join_list', { list_id: ann.own });
    assert.equal((await ann.next('list_snapshot', (data) => data.rev === rev)).items[item.id].name, 'before');

    await one.redis.launch();
    const op = { list_id: ann.own, name: 'after', op_id: uuid() };
    const { rev: next } = await insist(other, 'add_item', op);
    assert.ok(next > rev);
    await until(async () => (await health(one)).redis === 'ok' && (await health(two)).redis === 'ok', 'both are well again');
    await ann.ok('join_list', { list_id: ann.own });
    const snapshot = await ann.next('list_snapshot', (data) => data.rev >= next);
    assert.deepEqual(Object.values(snapshot.items).map((one) => one.name).sort(), ['after', 'before']);
    assert.notEqual(snapshot.epoch, epoch);
    assert.deepEqual(items(one).filter((row) => row.list_id === ann.own).map((row) => row.name).sort(), ['after', 'before']);
  });

  test('Redis starts anew: who was removed from a list hears nothing of it', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const bob = await joined(one, 'bob');
    await ann.ok('share_list', { list_id: ann.own, shared_user_id: bob.user, role: 'editor' });
    await bob.next('list_shared_with_you');
    await ann.ok('unshare_list', { list_id: ann.own, user_id: bob.user });
    await bob.next('list_deleted');
    await add(ann, ann.own, { name: 'not for bob' });
    const mark = bob.mark();
    const before = ann.mark();

    await one.redis.kill();
    await one.redis.launch();
    await until(async () => ann.since(before).includes('list_snapshot'), 'the list is read again');
    await until(async () => (await health(one)).redis === 'ok' && (await health(two)).redis === 'ok', 'both are well again');
    await bob.settle();
    assert.deepEqual(bob.log.slice(mark).filter(({ data }) => data?.list_id === ann.own), []);
  });

  test('Redis is emptied: lists come back from the database', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const { rev } = await add(ann, ann.own, { name: 'kept' });
    one.redis.waitUntilDrained();
    assert.equal(await one.redis.run('FLUSHALL'), '+OK');

    const other = await also(ann, two);
    const [list] = (await other.next('user_lists')).lists.filter((entry) => entry.list_id === ann.own);
    assert.deepEqual(Object.values(list.items).map((item) => item.name), ['kept']);
    const { rev: next } = await insist(other, 'add_item', { list_id: ann.own, name: 'more', op_id: uuid() });
    assert.ok(next > rev);
    assert.deepEqual(items(one).filter((row) => row.list_id === ann.own).map((row) => row.name).sort(), ['kept', 'more']);
  });

  test('Redis is emptied: what was accepted before is known when it is repeated', async () => {
    const { current: one } = servers;
    const ann = await joined(one, 'ann');
    const { item } = await add(ann, ann.own, { name: 'gone soon' });
    const deletion = { list_id: ann.own, item_id: item.id, op_id: uuid() };
    const { rev } = await ann.ok('delete_item', deletion);
    one.redis.waitUntilDrained();
    assert.equal(await one.redis.run('FLUSHALL'), '+OK');

    const mark = ann.mark();
    assert.equal((await ann.ok('delete_item', deletion)).rev, rev);
    await ann.settle();
    assert.ok(!ann.since(mark).includes('item_deleted'));
  });

  test('PostgreSQL: edits go on, and reach it when it is back', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const other = await also(ann, two);
    await add(ann, ann.own, { name: 'with' });
    one.redis.waitUntilDrained();
    await one.postgres.cluster.stop();

    await add(ann, ann.own, { name: 'without' });
    await other.next('item_added', (data) => data.item.name === 'without');
    assert.ok(one.redis.waiting() > 0);

    await one.postgres.cluster.launch();
    const names = () => items(one).filter((row) => row.list_id === ann.own).map((row) => row.name).sort();
    assert.deepEqual(names(), ['with', 'without']);
    for (const server of [one, two]) {
      const takesClients = () => connect(server, ann.user).then((client) => (client.close(), true), () => false);
      await until(takesClients, 'who comes is let in again');
    }
  });

  test('a server: its clients go on at the other, with what they had not heard of', async () => {
    const { current: one, other: two } = servers;
    const ann = await joined(one, 'ann');
    const { rev } = await add(ann, ann.own, { name: 'at one' });
    await one.kill();
    const other = await connect(two, ann.user);
    await other.ok('join');
    const [list] = (await other.next('user_lists')).lists.filter((entry) => entry.list_id === ann.own);
    assert.equal(list.rev, rev);
    await add(other, ann.own, { name: 'at two' });
    await one.launch();
    const back = await also(ann, one);
    const [mine] = (await back.next('user_lists')).lists.filter((entry) => entry.list_id === ann.own);
    assert.deepEqual(Object.values(mine.items).map((item) => item.name).sort(), ['at one', 'at two']);
  });
});
