// What an operator sees and does: /health and /metrics tell the truth, a drain lets clients go, a backup is taken and restored.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { add, connect, joined, sharing } from './support/client.js';
import { assertSound, items } from './support/database.js';
import { until } from './support/deadline.js';
import { withServer } from './support/suite.js';

const get = async (server, path, headers = {}) => {
  const response = await fetch(server.url + path, { headers });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};
const json = async (server, path) => JSON.parse((await get(server, path)).text);

test('/health has the seed\'s fields, and each moves with what it counts', async () => {
  await withServer({}, async (server) => {
    const atStart = await json(server, '/health');
    assert.deepEqual(atStart, {
      status: 'healthy', redis: 'disabled', writer: { running: true, queue_size: 0, writes_processed: 0, writes_failed: 0 },
      pubsub_listener: 'disabled', connections: { total_connections: 0, unique_users: 0 },
    });

    const ann = await joined(server, 'ann');
    const second = await connect(server, ann.user);
    const bob = await connect(server, 'bob');
    const joinedTo = (await json(server, '/health')).connections;
    assert.deepEqual(joinedTo, { total_connections: 3, unique_users: 2 });

    const before = (await json(server, '/health')).writer.writes_processed;
    for (let n = 0; n < 5; ++n) await add(ann, ann.own);
    const { writer } = await json(server, '/health');
    assert.equal(writer.writes_processed, before + 5);
    assert.equal(writer.queue_size, 0);

    second.close();
    bob.close();
    await until(async () => (await json(server, '/health')).connections.total_connections === 1, 'closed sockets are counted no more');
    assert.equal((await json(server, '/health')).connections.unique_users, 1);
  });
});

// The writer's queue and failures are moved in tests/fault/app: that takes a disk which can be held up.
test('/metrics has the seed\'s fields, each moves with what it counts, and Prometheus text for who asks', async () => {
  await withServer({}, async (server) => {
    const cacheNow = async () => (await json(server, '/metrics')).cache;
    assert.deepEqual(await json(server, '/metrics'), {
      writer: { running: true, queue_size: 0, writes_processed: 0, writes_failed: 0 }, connections: { total_connections: 0, unique_users: 0 },
      cache: { cached_lists: 0, total_items: 0, active_items: 0, deleted_items: 0 },
    });
    const ann = await joined(server, 'ann');
    assert.deepEqual(await cacheNow(), { cached_lists: 1, total_items: 0, active_items: 0, deleted_items: 0 });
    const first = await add(ann, ann.own);
    await add(ann, ann.own);
    assert.deepEqual(await cacheNow(), { cached_lists: 1, total_items: 2, active_items: 2, deleted_items: 0 });
    const before = (await json(server, '/metrics')).writer.writes_processed;
    await ann.ok('delete_item', { list_id: ann.own, item_id: first.item.id });

    const { writer, connections, cache } = await json(server, '/metrics');
    assert.deepEqual(writer, { running: true, queue_size: 0, writes_processed: before + 1, writes_failed: 0 });
    assert.deepEqual(connections, { total_connections: 1, unique_users: 1 });
    assert.deepEqual(cache, { cached_lists: 1, total_items: 2, active_items: 1, deleted_items: 1 });
    await ann.ok('create_list', { name: 'Another' });
    assert.equal((await cacheNow()).cached_lists, 2);

    const { type, text } = await get(server, '/metrics', { accept: 'text/plain' });
    assert.match(type, /^text\/plain; version=0\.0\.4/);
    assert.match(text, /^collab_connections 1$/m);
    assert.match(text, /^collab_cache_items\{state="deleted"\} 1$/m);
    assert.match(text, /^# TYPE collab_writer_writes_total counter$/m);
  });
});

test('/livez, /readyz, /docs and / answer', async () => {
  await withServer({}, async (server) => {
    assert.equal((await get(server, '/livez')).status, 200);
    assert.equal((await get(server, '/readyz')).status, 200);
    assert.equal((await json(server, '/docs')).asyncapi, '3.0.0');
    assert.match((await get(server, '/')).text, /<title>collab-todo<|collab-todo is running/);
    assert.equal((await get(server, '/nothing')).status, 404);
  });
});

test('SIGTERM lets every client go, over DRAIN_SECONDS, and exits with 0', async () => {
  await withServer({ DRAIN_SECONDS: '1' }, async (server) => {
    const clients = [];
    for (let n = 0; n < 10; ++n) clients.push(await joined(server, 'guest'));
    const write = clients[0].send('add_item', { list_id: clients[0].own, name: 'in the last moment' });
    await write;

    await server.halt();

    for (const client of clients) assert.equal(await client.next('(disconnect)'), 'transport close', 'a client that is told so comes back by itself');
    assert.ok(items(server).some((row) => row.name === 'in the last moment'));
    assertSound(server);
  });
});

test('a backup is taken while the server runs, and restored with a new epoch', async () => {
  await withServer({}, async (server) => {
    const ann = await joined(server, 'ann');
    await add(ann, ann.own, { name: 'before' });
    const copy = join(server.folder, 'copy.db');

    await server.command('backup', copy);
    assert.ok(existsSync(copy));
    const last = await add(ann, ann.own, { name: 'after' });
    const epoch = (await snapshotOf(ann)).epoch;
    await assert.rejects(server.command('restore', copy), /server|running|in use/i, 'not under a running server');
    await server.halt();
    await server.command('restore', copy);
    await server.launch();

    // The client's rev is from before the restored backup: it is ahead, and its next edit must not pass unseen.
    const again = await connect(server, ann.user);
    const refused = await again.refused(
      'update_item', { list_id: ann.own, item_id: last.item.id, updates: { name: 'x' }, client_rev: last.rev }, 'action_error', 'not_found');
    assert.ok(refused.message);
    await again.ok('join', { known: { [ann.own]: { epoch, rev: last.rev } } });
    const fresh = await again.next('list_snapshot');
    assert.notEqual(fresh.epoch, epoch);
    assert.deepEqual(Object.values(fresh.items).map((item) => item.name), ['before']);
  });

  async function snapshotOf(client) {
    await client.ok('join_list', { list_id: client.own });
    let snapshot = await client.next('list_snapshot');
    for (let more = client.take('list_snapshot', () => true); more; more = client.take('list_snapshot', () => true)) snapshot = more.data;
    return snapshot;
  }
});

test('an operator makes, changes and deletes an account beside the running server', async () => {
  await withServer({}, async (server) => {
    const withPassword = async (password, ...words) => {
      const running = server.execute(words);
      running.child.stdin.end(`${password}\n`);
      return (await running).stdout;
    };
    const login = (password) => fetch(`${server.url}/auth/login`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'op@example.org', password }),
    });

    assert.match(await withPassword('first password', 'user', 'create', 'op@example.org', '--name', 'Op'), /^Created /);
    const { access_token } = await (await login('first password')).json();
    const socket = await connect(server, 'op', { token: access_token });

    await withPassword('second password', 'user', 'reset-password', 'op@example.org');
    assert.equal(await socket.next('(disconnect)'), 'io server disconnect', 'its logins end, on live sockets too');
    assert.equal((await login('first password')).status, 401);
    assert.equal((await login('second password')).status, 200);

    await server.command('user', 'delete', 'op@example.org');
    assert.equal((await login('second password')).status, 401);
  });
});

test('`token` mints a token that the server takes', async () => {
  await withServer({}, async (server) => {
    const minted = (await server.command('token', '--user', 'minted', '--expires', '1h')).trim();
    const client = await connect(server, 'minted', { token: minted });
    assert.equal(client.connected.user_id, 'minted');
  });
});

test('`config` shows settings and no secret; mistakes are told all at once', async () => {
  await withServer({}, async (server) => {
    const shown = await server.command('config');
    assert.match(shown, /PORT=/);
    assert.ok(!shown.includes(server.environment.JWT_SECRET_KEY));
    const wrong = await server.command('config', '--port', 'door', '--set', 'SHARDS=none').catch((error) => error);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /PORT/);
    assert.match(wrong.stderr, /SHARDS/);
  });
});

test('examples/two-users tells its whole story', { timeout: 120_000 }, async () => {
  const folder = fileURLToPath(new URL('../../examples/two-users', import.meta.url));
  await withServer({}, async (server) => {
    const { stdout } = await promisify(execFile)('node', ['two-users.js'], { cwd: folder, timeout: 60_000, env: { ...process.env, COLLAB_URL: server.url } });
    assert.match(stdout, /Every event arrived where it should\.\n$/);
  });
});

test('presence is told to the room and ends with the connection', async () => {
  await withServer({}, async (server) => {
    const { ann, bob, list_id } = await sharing(server);
    await bob.ok('presence', { list_id, state: 'editing' });
    await ann.next('presence_state', (data) => data.users.length === 1 && data.users[0].user_id === bob.user);
    bob.close();
    await ann.next('presence_state', (data) => data.users.length === 0);
  });
});

test('nobody but the server\'s user can read what it keeps', async () => {
  await withServer({ LOG_FILE: 'server.log' }, async (server) => {
    const ann = await joined(server, 'ann');
    await add(ann, ann.own);
    const backup = join(server.folder, 'backup.db');
    await server.command('backup', backup);

    const kept = readdirSync(join(server.folder, 'data'), { recursive: true }).map((name) => join('data', name));
    assert.ok(kept.includes(join('data', 'collab.db')));
    for (const name of ['data', ...kept, 'backup.db', 'server.log']) {
      const { mode } = statSync(join(server.folder, name));
      assert.equal(mode & 0o077, 0, `${name} has mode ${(mode & 0o777).toString(8)}`);
    }
  });
});
