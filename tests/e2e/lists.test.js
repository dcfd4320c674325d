// Lists and who has them: create, rename, delete, restore, share, unshare, leave, transfer, links.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { add, connect, joined, person, sharing, uuid } from './support/client.js';
import { serverForAllTests, withServer } from './support/suite.js';

const server = serverForAllTests();

describe('create_list', () => {
  test('answers its socket with list_created, at top level and as `list`', async () => {
    const ann = await joined(server.current, 'ann');
    const mark = ann.mark();

    const reply = await ann.ok('create_list', { name: ' Groceries ' });

    const event = await ann.next('list_created');
    assert.deepEqual(ann.since(mark), ['list_created', '(ack of create_list)']);
    assert.deepEqual([event.list_name, event.items, event.rev], ['Groceries', {}, reply.rev]);
    assert.deepEqual(
      [event.list.id, event.list.name, event.list.owner_id, event.list.role, event.list.items, event.list.rev],
      [event.list_id, 'Groceries', ann.user, 'owner', {}, reply.rev]);
    assert.equal(reply.list_id, event.list_id);
    await add(ann, event.list_id);
  });

  test('gives the other sockets of the user a snapshot, and all of them the events', async () => {
    const phone = await joined(server.current, 'ann');
    const laptop = await connect(server.current, phone.user);
    await laptop.ok('join');

    const { list_id } = await phone.ok('create_list', { list_name: 'On the phone' });

    const snapshot = await laptop.next('list_snapshot', (data) => data.list_id === list_id);
    assert.equal(snapshot.list_name, 'On the phone');
    assert.deepEqual([snapshot.role, snapshot.owner_id, snapshot.members.length], ['owner', phone.user, 1]);
    await add(phone, list_id, {}, [laptop]);
    assert.ok(!laptop.since(0).includes('list_created'));
  });

  test('takes an id of the client, once', async () => {
    const ann = await joined(server.current, 'ann');
    const bob = await joined(server.current, 'bob');
    const list_id = uuid();
    await ann.ok('create_list', { name: 'Mine', list_id });

    await bob.refused('create_list', { name: 'Stolen', list_id }, 'action_error', 'already_exists');

    await bob.refused('join_list', { list_id }, 'permission_error', 'forbidden');
  });

  test('with a repeated op_id finds the list that it made', async () => {
    const ann = await joined(server.current, 'ann');
    const op_id = uuid();
    const first = await ann.ok('create_list', { name: 'Once', op_id });

    const second = await ann.ok('create_list', { name: 'Once', op_id });

    assert.deepEqual([second.rev, second.list_id], [first.rev, first.list_id]);
    await ann.ok('join');
    assert.equal((await ann.next('user_lists', (data) => data.lists.length > 1)).lists.length, 2);
  });
});

describe('update_list, delete_list, restore_list', () => {
  test('rename, delete and restore for every member', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const { rev } = await add(ann, list_id, { name: 'Inside' }, [bob]);

    const renamed = await bob.ok('update_list', { list_id, name: 'Renamed' });
    const update = await ann.next('list_updated');
    assert.deepEqual(update, { list_id, list_name: 'Renamed', owner_id: ann.user, rev: renamed.rev, prev_rev: rev, user_id: bob.user });

    await bob.refused('delete_list', { list_id }, 'permission_error', 'forbidden');
    const gone = await ann.ok('delete_list', { list_id });
    for (const one of [ann, bob]) {
      const event = await one.next('list_deleted');
      assert.deepEqual(event, { list_id, rev: gone.rev, prev_rev: renamed.rev, reason: 'deleted' });
    }
    await ann.refused('add_item', { list_id, name: 'Too late' }, 'action_error', 'gone');
    await ann.ok('join');
    assert.ok(!(await ann.next('user_lists', (data) => !data.lists.some((list) => list.list_id === list_id))).lists.some((list) => list.list_id === list_id));
    assert.deepEqual((await ann.ok('get_trash')).lists.map((list) => [list.list_id, list.list_name]), [[list_id, 'Renamed']]);

    await ann.ok('restore_list', { list_id });
    const back = await ann.next('list_created', (data) => data.list_id === list_id && data.list_name === 'Renamed');
    assert.equal(Object.values(back.items)[0].name, 'Inside');
    assert.deepEqual((await ann.ok('get_trash')).lists, []);
    await add(ann, list_id);
  });
});

describe('share_list', () => {
  test('tells the new member, the sender and the room', async () => {
    const ann = await joined(server.current, 'ann');
    const bob = await joined(server.current, 'bob');
    const bobsPhone = await connect(server.current, bob.user);
    const { list_id } = await ann.ok('create_list', { name: 'Picnic' });
    const { rev } = await add(ann, list_id, { name: 'Lemonade' });

    const reply = await ann.ok('share_list', { list_id, shared_user_id: bob.user, role: 'editor' });

    for (const socket of [bob, bobsPhone]) {
      const shared = await socket.next('list_shared_with_you');
      assert.deepEqual([shared.list_id, shared.role, shared.list.id, shared.list.name], [list_id, 'editor', list_id, 'Picnic']);
      assert.equal(Object.values(shared.list.items)[0].name, 'Lemonade');
      assert.equal(typeof shared.message, 'string');
    }
    const success = await ann.next('list_share_success');
    assert.deepEqual([success.list_id, success.shared_with, success.role], [list_id, bob.user, 'editor']);
    assert.equal(typeof success.message, 'string');
    const changed = await ann.next('members_changed');
    assert.deepEqual([changed.owner_id, changed.prev_rev, changed.rev], [ann.user, rev, reply.rev]);
    assert.deepEqual(new Map(changed.members.map((one) => [one.user_id, one.role])), new Map([[ann.user, 'owner'], [bob.user, 'editor']]));
    assert.ok(!JSON.stringify(changed).includes('@'));
    await add(bob, list_id, {}, [ann, bobsPhone]);
  });

  test('changes the role of a member', async () => {
    const { ann, bob, list_id } = await sharing(server.current, 'viewer');
    await bob.refused('add_item', { list_id, name: 'x' }, 'permission_error', 'forbidden');

    await ann.ok('share_list', { list_id, shared_user_id: bob.user, role: 'editor' });

    const { members } = await bob.next('members_changed', (data) => data.members.some((one) => one.user_id === bob.user && one.role === 'editor'));
    assert.equal(members.length, 2);
    await add(bob, list_id, {}, [ann]);
  });

  test('is for owners, with others, with roles that exist', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const cat = await joined(server.current, 'cat');

    await bob.refused('share_list', { list_id, shared_user_id: cat.user, role: 'viewer' }, 'permission_error', 'forbidden');
    const self = await ann.send('share_list', { list_id, shared_user_id: ann.user, role: 'viewer' });
    assert.equal(self.error.event, 'action_error');
    await ann.refused('share_list', { list_id, shared_user_id: cat.user, role: 'owner' }, 'validation_error', 'invalid_payload');
    await ann.refused('share_list', { list_id, role: 'viewer' }, 'validation_error', 'invalid_payload');
    await ann.refused('share_list', { list_id, shared_user_id: 'nobody-ever-seen', role: 'viewer' }, 'action_error', 'not_found');
  });

  test('answers the same for an e-mail that has no account as for one that has', async () => {
    const ann = await joined(server.current, 'ann');
    const email = `${person('known')}@example.org`;
    const registered = await fetch(`${server.current.url}/auth/register`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password: 'long enough', name: 'Known' }),
    });
    assert.equal(registered.status, 201);

    const replies = [];
    for (const address of [email, `${person('unknown')}@example.org`]) {
      const { list_id } = await ann.ok('create_list', { name: 'By mail' });
      const reply = await ann.ok('share_list', { list_id, email: address, role: 'viewer' });
      const event = await ann.next('list_share_success', (data) => data.list_id === list_id);
      assert.equal(event.shared_with, address);
      replies.push(Object.keys(reply).sort());
    }
    assert.deepEqual(replies[0], replies[1]);
  });

  test('by e-mail has a limit, which says as little of who has an account', async () => {
    await withServer({ LIMIT_INVITATIONS_PER_USER: '2' }, async (own) => {
      const post = async (path, body) => fetch(`${own.url}/auth/${path}`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ password: 'long enough', ...body }),
      });
      const known = Array.from({ length: 3 }, () => `${person('known')}@example.org`);
      for (const email of known) assert.equal((await post('register', { email, name: 'Known' })).status, 201);
      const unknown = () => `${person('unknown')}@example.org`;

      for (const addresses of [[known[0], known[1]], [unknown(), unknown()]]) {
        const ann = await joined(own, 'ann');
        const share = (email) => ['share_list', { list_id: ann.own, email, role: 'viewer' }];
        for (const address of addresses) await ann.ok(...share(address));

        const errors = [];
        for (const address of [known[2], unknown()]) errors.push(await ann.refused(...share(address), 'action_error', 'limit_exceeded'));
        assert.deepEqual(errors[0], errors[1]);
        await ann.ok('share_list', { list_id: ann.own, email: addresses[0], role: 'editor' });

        // Who signs in gives the place back, and so does a list that goes.
        assert.ok([200, 201].includes((await post(addresses[0] === known[0] ? 'login' : 'register', { email: addresses[0], name: 'Later' })).status));
        await ann.ok(...share(unknown()));
        await ann.refused(...share(unknown()), 'action_error', 'limit_exceeded');
        const { list_id } = await ann.ok('create_list', { name: 'Another' });
        await ann.ok('delete_list', { list_id: ann.own });
        own.redis?.waitUntilDrained(); // invitations are the database's, which hears of the list's end a little later
        await ann.ok('share_list', { list_id, email: known[2], role: 'viewer' });
      }
    });
  });

  test('by e-mail reaches who registers later', async () => {
    const ann = await joined(server.current, 'ann');
    const email = `${person('later')}@example.org`;
    const { list_id } = await ann.ok('create_list', { name: 'Invitation' });
    await ann.ok('share_list', { list_id, email, role: 'editor' });
    const post = async (path, body) => (await fetch(`${server.current.url}/auth/${path}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    })).json();
    await post('register', { email, password: 'long enough', name: 'Later' });
    const { access_token, user_id } = await post('login', { email, password: 'long enough' });

    const later = await connect(server.current, user_id, { token: access_token });
    await later.ok('join');

    const { lists } = await later.next('user_lists');
    assert.ok(lists.some((list) => list.list_id === list_id && list.role === 'editor'));
    const { members } = await ann.next('members_changed', (data) => data.members.length === 2);
    assert.equal(members.find((one) => one.user_id === user_id).name, 'Later');
  });
});

describe('unshare_list, leave_list, transfer_list', () => {
  test('a removed member is told, leaves the room at once, and the room is told', async () => {
    const { ann, bob, list_id } = await sharing(server.current);

    const reply = await ann.ok('unshare_list', { list_id, user_id: bob.user });

    const event = await bob.next('list_deleted');
    assert.deepEqual([event.list_id, event.rev, event.reason], [list_id, reply.rev, 'removed']);
    const changed = await ann.next('members_changed');
    assert.deepEqual(changed.members.map((one) => one.user_id), [ann.user]);
    const mark = bob.mark();
    await add(ann, list_id);
    await bob.refused('join_list', { list_id }, 'permission_error', 'forbidden');
    assert.deepEqual(bob.since(mark), ['(ack of join_list)']);
  });

  test('a member leaves by himself, an owner only after a transfer', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const refusal = await ann.send('leave_list', { list_id });
    assert.equal(refusal.ok, false);

    await ann.ok('transfer_list', { list_id, user_id: bob.user });
    const changed = await bob.next('members_changed', (data) => data.owner_id === bob.user);
    assert.equal(changed.members.find((one) => one.user_id === bob.user).role, 'owner');
    await bob.ok('update_list', { list_id, name: 'Mine now' });

    await ann.ok('leave_list', { list_id });
    assert.equal((await ann.next('list_deleted')).reason, 'left');
    assert.deepEqual((await bob.next('members_changed', (data) => data.members.length === 1)).members.map((one) => one.user_id), [bob.user]);
    await ann.refused('add_item', { list_id, name: 'x' }, 'permission_error', 'forbidden');
  });

  test('transfer only to members, and only by the owner', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const cat = await joined(server.current, 'cat');

    const refusal = await ann.send('transfer_list', { list_id, user_id: cat.user });
    assert.equal(refusal.ok, false);
    await bob.refused('transfer_list', { list_id, user_id: bob.user }, 'permission_error', 'forbidden');
    await bob.refused('unshare_list', { list_id, user_id: ann.user }, 'permission_error', 'forbidden');
  });
});

describe('share links', () => {
  test('whoever holds the code becomes a member, until it is revoked', async () => {
    const ann = await joined(server.current, 'ann');
    const [bob, cat] = [await joined(server.current, 'bob'), await joined(server.current, 'cat')];
    const { list_id } = await ann.ok('create_list', { name: 'By link' });
    const link = await ann.ok('create_share_link', { list_id, role: 'editor' });
    assert.equal(typeof link.link_id, 'string');
    assert.ok(link.url.includes(link.code));
    assert.deepEqual((await ann.ok('list_share_links', { list_id })).links.map((one) => [one.link_id, one.role]), [[link.link_id, 'editor']]);
    assert.ok(!JSON.stringify(await ann.ok('list_share_links', { list_id })).includes(link.code));

    await bob.ok('accept_share_link', { code: link.code });
    assert.equal((await bob.next('list_shared_with_you')).role, 'editor');
    assert.equal((await ann.next('members_changed', (data) => data.members.length === 2)).members.length, 2);
    await add(bob, list_id, {}, [ann]);

    await ann.ok('revoke_share_link', { link_id: link.link_id });
    assert.deepEqual((await ann.ok('list_share_links', { list_id })).links, []);
    const refusal = await cat.send('accept_share_link', { code: link.code });
    assert.equal(refusal.error?.event, 'action_error', JSON.stringify(refusal));
    await add(bob, list_id, {}, [ann]);
  });

  test('a link ends when it said so, and a wrong code opens nothing', async () => {
    const ann = await joined(server.current, 'ann');
    const bob = await joined(server.current, 'bob');
    const { list_id } = await ann.ok('create_list', { name: 'Short' });
    const expires_at = new Date(Date.now() + 700).toISOString();
    const { code } = await ann.ok('create_share_link', { list_id, role: 'viewer', expires_at });
    while (Date.now() <= Date.parse(expires_at)) await new Promise((resolve) => setTimeout(resolve, 50));

    assert.equal((await bob.send('accept_share_link', { code })).error?.event, 'action_error');
    await bob.refused('accept_share_link', { code: 'not a code' }, 'action_error', 'not_found');
    const last = code.at(-1) === 'A' ? 'B' : 'A';
    assert.equal((await bob.send('accept_share_link', { code: code.slice(0, -1) + last })).error?.event, 'action_error');
  });

  test('are the owner\'s alone, and a repeated op_id answers without the code', async () => {
    const { ann, bob, list_id } = await sharing(server.current);
    const op_id = uuid();
    const first = await ann.ok('create_share_link', { list_id, role: 'viewer', op_id });

    const second = await ann.ok('create_share_link', { list_id, role: 'viewer', op_id });

    assert.equal(second.rev, first.rev);
    assert.equal(second.code, undefined);
    await bob.refused('create_share_link', { list_id, role: 'viewer' }, 'permission_error', 'forbidden');
    await bob.refused('list_share_links', { list_id }, 'permission_error', 'forbidden');
    await bob.refused('revoke_share_link', { link_id: first.link_id }, 'permission_error', 'forbidden');
    await bob.refused('revoke_share_link', { link_id: uuid() }, 'permission_error', 'forbidden');
  });
});

test('restore_list answers with the rev of the restoring, whatever happens to the list right after', async () => {
  const ann = await joined(server.current, 'ann');
  const { list_id } = await ann.ok('create_list', { name: 'Back and forth' });
  await ann.next('list_created');
  for (let round = 0; round < 20; ++round) {
    await ann.ok('delete_list', { list_id });
    const op_id = uuid();
    const restoring = ann.ok('restore_list', { list_id, op_id });
    // Some may come before the list is there again.
    const adding = Array.from({ length: 5 }, (_, n) => ann.send('add_item', { list_id, name: `Item ${n}` }));
    const reply = await restoring;
    await Promise.all(adding);
    assert.equal(reply.rev, (await ann.next('list_created')).rev);
    assert.equal((await ann.ok('restore_list', { list_id, op_id })).rev, reply.rev, 'and so when it is repeated');
  }
});

test('a share that is repeated after the list was deleted answers with its rev', async () => {
  const { ann, bob, list_id } = await sharing(server.current);
  const share = { list_id, shared_user_id: bob.user, role: 'viewer', op_id: uuid() };
  const { rev } = await ann.ok('share_list', share);
  await ann.ok('delete_list', { list_id });
  assert.equal((await ann.ok('share_list', share)).rev, rev);
  await ann.refused('share_list', { ...share, op_id: uuid() }, 'action_error', 'gone');
});
