// Every error event and every code, by acknowledgement and by event.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, test } from 'node:test';
import { add, connect, connectionRefusal, joined, person, sharing, uuid } from './support/client.js';
import { now, token } from './support/token.js';
import { serverForAllTests, withServer } from './support/suite.js';

const server = serverForAllTests();
const faultsOf = (error) => Object.fromEntries(error.errors.map((one) => [one.loc.join('.'), one.type]));

describe('validation_error', () => {
  test('reports every fault at once, as Pydantic does', async () => {
    const ann = await joined(server.current, 'ann');

    const error = await ann.refused('add_item', {
      list_id: 'not a uuid', name: ' ', description: 7, status: 'finished', done: 'perhaps', due_date: 'tomorrow', media_url: 'ftp://x',
    }, 'validation_error', 'invalid_payload');

    assert.deepEqual(Object.keys(faultsOf(error)).sort(), ['description', 'done', 'due_date', 'list_id', 'media_url', 'name', 'status']);
    for (const fault of error.errors) assert.deepEqual(Object.keys(fault).sort(), ['loc', 'msg', 'type']);
    assert.equal(faultsOf(error).name, 'string_too_short');
    assert.equal(faultsOf(error).status, 'enum');
  });

  test('names what is missing', async () => {
    const ann = await joined(server.current, 'ann');

    const error = await ann.refused('update_item', {}, 'validation_error', 'invalid_payload');

    assert.equal(faultsOf(error).list_id, 'missing');
    assert.equal(faultsOf(error).item_id, 'missing');
  });

  const list_id = uuid();
  const item_id = uuid();
  const bad = {
    'a name of 256 characters': ['add_item', { list_id, name: 'x'.repeat(256) }],
    'an update to a name of 501': ['update_item', { list_id, item_id, updates: { name: 'x'.repeat(501) } }],
    'a description of 2001': ['add_item', { list_id, name: 'x', description: 'x'.repeat(2001) }],
    'U+0000': ['add_item', { list_id, name: 'a\u0000b' }],
    'an unknown key in updates': ['update_item', { list_id, item_id, updates: { colour: 'red' } }],
    'updates and flat fields together': ['update_item', { list_id, item_id, updates: { name: 'x' }, done: true }],
    'two names of one field that differ': ['create_list', { name: 'a', list_name: 'b' }],
    'null where nothing may be cleared': ['update_item', { list_id, item_id, updates: { name: null } }],
    'a role that cannot be given': ['share_list', { list_id, shared_user_id: 'x', role: 'owner' }],
    'an array for an object': ['add_item', [list_id]],
    'no payload': ['add_item', null],
    'a position of 201 characters': ['add_item', { list_id, name: 'x', position: 'a'.repeat(201) }],
    'a client_rev of 14 digits': ['delete_item', { list_id, item_id, client_rev: '12345678901234' }],
  };
  for (const [what, [event, data]] of Object.entries(bad)) {
    test(`for ${what}`, async () => {
      const ann = await joined(server.current, 'ann');

      const { errors } = await ann.refused(event, data, 'validation_error', 'invalid_payload');

      assert.ok(errors.length >= 1);
    });
  }

  test('ignores unknown fields at top level', async () => {
    const ann = await joined(server.current, 'ann');

    await ann.ok('add_item', { list_id: ann.own, name: 'x', user_id: 'somebody else', colour: 'red' });

    assert.equal((await ann.next('item_added')).user_id, ann.user);
  });
});

describe('without an acknowledgement the error is an event to that socket alone', () => {
  const cases = {
    validation_error: ['invalid_payload', () => ['add_item', { name: 1 }]],
    permission_error: ['forbidden', () => ['add_item', { list_id: uuid(), name: 'x' }]],
    action_error: ['not_found', (list_id) => ['delete_item', { list_id, item_id: uuid() }]],
    error: ['unknown_event', () => ['no_such_event', {}]],
  };
  for (const [event, [code, make]] of Object.entries(cases)) {
    test(event, async () => {
      const { ann, bob, list_id } = await sharing(server.current);
      const mark = bob.mark();

      ann.emit(...make(list_id));

      const error = await ann.next(event);
      assert.equal(error.code, code);
      assert.notEqual(error.message, '');
      await bob.settle();
      assert.deepEqual(bob.since(mark), ['(ack of get_trash)']);
    });
  }
});

describe('permission_error', () => {
  test('is the same whether or not the list exists', async () => {
    const { list_id } = await sharing(server.current);
    const cat = await joined(server.current, 'cat');
    const of = async (event, data) => cat.refused(event, data, 'permission_error', 'forbidden');

    for (const [event, more] of [['join_list', {}], ['add_item', { name: 'x' }], ['update_item', { item_id: uuid(), name: 'x' }], ['delete_item', { item_id: uuid() }],
      ['share_list', { shared_user_id: cat.user, role: 'viewer' }], ['update_list', { name: 'x' }], ['delete_list', {}], ['get_trash', {}]]) {
      assert.deepEqual(await of(event, { list_id, ...more }), await of(event, { list_id: uuid(), ...more }), event);
    }
  });

  test('is for viewers who write', async () => {
    const { ann, bob, list_id } = await sharing(server.current, 'viewer');
    const { item } = await add(ann, list_id, {}, [bob]);

    await bob.refused('add_item', { list_id, name: 'x' }, 'permission_error', 'forbidden');
    await bob.refused('update_item', { list_id, item_id: item.id, name: 'x' }, 'permission_error', 'forbidden');
    await bob.refused('delete_item', { list_id, item_id: item.id }, 'permission_error', 'forbidden');
    await bob.refused('update_list', { list_id, name: 'x' }, 'permission_error', 'forbidden');
    await bob.ok('join_list', { list_id });
  });
});

describe('action_error', () => {
  test('not_found, gone and already_exists', async () => {
    const ann = await joined(server.current, 'ann');
    const list_id = ann.own;
    const { item } = await add(ann, list_id);

    await ann.refused('update_item', { list_id, item_id: uuid(), name: 'x' }, 'action_error', 'not_found');
    await ann.refused('delete_item', { list_id, item_id: uuid() }, 'action_error', 'not_found');
    await ann.refused('add_item', { list_id, name: 'x', item_id: item.id }, 'action_error', 'already_exists');
    await ann.ok('delete_item', { list_id, item_id: item.id });
    await ann.refused('delete_item', { list_id, item_id: item.id }, 'action_error', 'gone');
    await ann.refused('update_item', { list_id, item_id: item.id, name: 'x' }, 'action_error', 'gone');
    const again = await ann.send('add_item', { list_id, name: 'x', item_id: item.id });
    assert.equal(again.ok, false);
    assert.equal(again.error.event, 'action_error');
  });

  test('limit_exceeded for items, lists and members', async () => {
    const limits = { LIMIT_ITEMS_PER_LIST: '2', LIMIT_LISTS_PER_USER: '2', LIMIT_MEMBERS_PER_LIST: '2' };
    await withServer(limits, async (own) => {
      const [ann, bob, cat] = [await joined(own, 'ann'), await joined(own, 'bob'), await joined(own, 'cat')];
      assert.deepEqual([ann.connected.limits.items_per_list, ann.connected.limits.lists_per_user, ann.connected.limits.members_per_list], [2, 2, 2]);
      const { item } = await add(ann, ann.own);
      await add(ann, ann.own);

      await ann.refused('add_item', { list_id: ann.own, name: 'third' }, 'action_error', 'limit_exceeded');
      await ann.ok('delete_item', { list_id: ann.own, item_id: item.id });
      await add(ann, ann.own);
      await ann.refused('restore_item', { list_id: ann.own, item_id: item.id }, 'action_error', 'limit_exceeded');

      await ann.ok('create_list', { name: 'second' });
      await ann.refused('create_list', { name: 'third' }, 'action_error', 'limit_exceeded');
      await ann.ok('share_list', { list_id: ann.own, shared_user_id: bob.user, role: 'viewer' });
      await ann.refused('share_list', { list_id: ann.own, shared_user_id: cat.user, role: 'viewer' }, 'action_error', 'limit_exceeded');
    });
  });
});

describe('auth_error refuses a connection', () => {
  const user = 'somebody';
  const cases = {
    'no token': [() => null, 'token_missing'],
    'an empty token': [() => '', 'token_missing'],
    'a token that is none': [() => 'a.b.c', 'token_invalid'],
    'another key': [() => token(user, {}, { key: 'another key that is long enough to be one' }), 'token_invalid'],
    'alg none': [() => token(user, {}, { alg: 'none' }), 'token_invalid'],
    'another algorithm': [() => token(user, {}, { alg: 'HS512' }), 'token_invalid'],
    'no sub': [() => token(undefined), 'token_invalid'],
    'a refresh token': [() => token(user, { type: 'refresh' }), 'token_invalid'],
    'a token that ended': [() => token(user, { exp: now() - 61 }), 'token_expired'],
    'a token that is not good yet': [() => token(user, { nbf: now() + 120 }), 'token_invalid'],
  };
  for (const [what, [make, code]] of Object.entries(cases)) {
    test(`with ${what}`, async () => {
      const refusal = await connectionRefusal(server.current, make());

      assert.deepEqual(refusal, { event: 'auth_error', code });
    });
  }

  test('but not within a minute of leeway, nor for a token without `type`', async () => {
    const ann = await connect(server.current, 'ann', { token: token('ann', { exp: now() - 50, type: undefined }) });

    assert.equal(ann.connected.user_id, 'ann');
  });
});

describe('error', () => {
  test('unknown_event', async () => {
    const ann = await joined(server.current, 'ann');

    await ann.refused('no_such_event', { list_id: ann.own }, 'error', 'unknown_event');
    await ann.refused('item_added', { list_id: ann.own }, 'error', 'unknown_event');
  });

  test('rate_limited, with the time to wait', async () => {
    await withServer({ LIMIT_EVENTS_PER_SECOND: '5' }, async (own) => {
      const ann = await joined(own, 'ann');

      const replies = await Promise.all(Array.from({ length: 40 }, (_, i) => ann.send('add_item', { list_id: ann.own, name: `Item ${i}` })));

      const refused = replies.filter((reply) => !reply.ok);
      assert.ok(refused.length > 0 && refused.length < 40, `${refused.length} refused`);
      for (const { error } of refused) {
        assert.deepEqual([error.event, error.code], ['error', 'rate_limited']);
        assert.ok(error.retry_after_ms > 0);
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(...refused.map(({ error }) => error.retry_after_ms))));
      await add(ann, ann.own);
    });
  });

  test('rate_limited refuses a connection too many, by user and by address', async () => {
    await withServer({ LIMIT_CONNECTIONS_PER_USER: '2' }, async (own) => {
      const user = person('many');
      await connect(own, user);
      const second = await connect(own, user);

      assert.equal((await connectionRefusal(own, token(user))).code, 'rate_limited');
      await connect(own, person('another'));
      second.close();
      let third;
      for (let i = 0; i < 100 && !third; ++i) third = await connect(own, user).catch(() => null);
      assert.ok(third);
    });
  });

  test('unavailable while the database is locked, and nothing is lost when it is free again', async () => {
    await withServer({}, async (own) => {
      const ann = await joined(own, 'ann');
      await add(ann, ann.own, { name: 'Before' });
      const lock = spawn('sqlite3', [own.database], { stdio: ['pipe', 'pipe', 'inherit'] });
      const said = new Promise((resolve) => lock.stdout.once('data', (text) => resolve(String(text).trim())));
      lock.stdin.write(".timeout 5000\nBEGIN IMMEDIATE;\nSELECT 'locked';\n");
      assert.equal(await said, 'locked');
      const op_id = uuid();

      const error = await ann.refused('add_item', { list_id: ann.own, name: 'During', op_id }, 'error', 'unavailable');
      assert.ok(!/sql|database is locked|\.db/i.test(error.message), error.message);
      await ann.ok('join_list', { list_id: ann.own });
      lock.stdin.end('COMMIT;\n');
      await new Promise((resolve) => lock.once('exit', resolve));

      let reply;
      for (let i = 0; i < 100 && !reply?.ok; ++i) {
        reply = await ann.send('add_item', { list_id: ann.own, name: 'During', op_id });
        if (!reply.ok) await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.equal(reply.ok, true, JSON.stringify(reply));
      const after = await connect(own, ann.user);
      await after.ok('join');
      const [list] = (await after.next('user_lists')).lists;
      assert.deepEqual(Object.values(list.items).map((item) => item.name).sort(), ['Before', 'During']);
    });
  });
});
