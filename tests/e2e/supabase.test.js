// SUPABASE_URL and SUPABASE_SERVICE_KEY: lists over the REST interface of a project, with Redis and without, and the tokens of its users.
// What answers for Supabase is a stand-in (support/postgrest.js) on a real PostgreSQL, and signs as Supabase Auth does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PostgrestClient } from '@supabase/postgrest-js';
import { add, closeAll, connect, connectionRefusal, joined, uuid } from './support/client.js';
import { items } from './support/database.js';
import { until } from './support/deadline.js';
import { issue, keySet, makeKey } from './support/issuer.js';
import { makeKey as makeApiKey, serviceKey } from './support/postgrest.js';
import { Redis } from './support/redis.js';
import { TestServer } from './support/server.js';
import { SupabaseProject } from './support/supabase.js';
import { token } from './support/token.js';
import { Worker } from './support/worker.js';

const health = async (server) => (await fetch(`${server.url}/health`)).json();

/** The project through npm's own client of PostgREST. */
function restClient(project, key = serviceKey) {
  return new PostgrestClient(`${project.url}/rest/v1`, { headers: { apikey: key, Authorization: `Bearer ${key}` } });
}

async function withProject(settings, use) {
  const project = await SupabaseProject.make();
  const server = await TestServer.start(settings, { project });
  try {
    await use(server, project);
  } finally {
    closeAll();
    await server.stop();
  }
}

/** Everything of a list, as somebody gets it who comes to it. */
async function snapshot(client, listId) {
  await client.ok('join_list', { list_id: listId });
  const found = await client.next('list_snapshot', (data) => data.list_id === listId);
  return { ...found, items: Object.values(found.items) };
}

test('a server keeps lists and accounts in the project, and has them again after a restart', async () => {
  await withProject({}, async (server, project) => {
    const ann = await joined(server, 'ann');
    const words = 'Zelt & Söhne 🏕 \uE000\uE001 "x" \\\\';
    await add(ann, ann.own, { name: 'Tent', description: words, due_date: '2026-12-24T18:00:00+01:00' });
    const { item } = await add(ann, ann.own, { name: 'Stove' });
    await ann.ok('delete_item', { list_id: ann.own, item_id: item.id });
    closeAll();

    await server.restart();

    assert.match(await server.command('config'), /SUPABASE_SERVICE_KEY=\*+ /);
    const again = await connect(server, ann.user);
    const tent = (await snapshot(again, ann.own)).items.find((one) => one.name === 'Tent');
    assert.deepEqual([tent.description, tent.due_date], [words, '2026-12-24T18:00:00+01:00']);
    assert.deepEqual(items(server).map(({ name, is_deleted }) => [name, is_deleted]).sort(), [['Stove', true], ['Tent', false]]);
    assert.ok(project.standIn.asked.every((name) => name.startsWith('todo_rest_')));
  });
});

test('while the project is away changes are refused, what is known is served, and nothing that was acknowledged is lost', async () => {
  await withProject({}, async (server, project) => {
    const ann = await joined(server, 'ann');
    const acknowledged = [];
    let refused = 0, isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; ++n) {
        const [name, op_id] = [`item ${n}`, uuid()];
        const reply = await ann.send('add_item', { list_id: ann.own, name, op_id });
        if (reply.ok) acknowledged.push(name);
        else assert.equal(reply.error.code, 'unavailable', JSON.stringify(reply));
        refused += reply.ok ? 0 : 1;
      }
    })();
    await until(() => acknowledged.length >= 20, 'writes are on their way');

    await project.standIn.pause();
    await until(async () => (await health(server)).status !== 'healthy', 'it says so');
    const before = acknowledged.length;
    await snapshot(ann, ann.own);
    await until(() => refused >= 500, 'it goes on for some time');
    assert.ok(acknowledged.length <= before + 1, 'nothing is acknowledged meanwhile');
    await project.standIn.resume();

    await until(async () => (await health(server)).status === 'healthy', 'it is healthy again');
    await until(() => acknowledged.length >= before + 20, 'and goes on');
    isOver = true;
    await writing;
    const stored = items(server).map(({ name }) => name);
    assert.deepEqual(stored.length, new Set(stored).size, 'nothing is there twice');
    assert.deepEqual(acknowledged.filter((name) => !stored.includes(name)), []);
    await server.kill();
    await server.launch();
    const again = await connect(server, ann.user);
    const list = await snapshot(again, ann.own);
    assert.deepEqual(list.items.map(({ name }) => name).sort(), stored.sort());
  });
});

test('with Redis edits go on while the project is away, and a worker writes them afterwards', async () => {
  const redis = await Redis.start();
  try {
    await withProject({ REDIS_URL: redis.url, WORKER: 'off' }, async (server, project) => {
      const worker = await Worker.start(server);
      const ann = await joined(server, 'ann');
      await add(ann, ann.own, { name: 'before' });
      await until(() => redis.waiting() === 0, 'that is written');

      await project.standIn.pause();
      await add(ann, ann.own, { name: 'meanwhile' });
      await add(ann, ann.own, { name: 'and again' });
      assert.ok(redis.waiting() >= 2, 'they wait in Redis');
      await project.standIn.resume();

      await until(() => redis.waiting() === 0, 'they are written');
      assert.deepEqual(items(server).map(({ name }) => name).sort(), ['and again', 'before', 'meanwhile']);
      assert.ok(project.standIn.asked.includes('todo_rest_merge'));
      const { writer } = await health(server);
      assert.equal(writer.dead_letters, 0, 'an outage is no reason to give up');
      await worker.halt();
    });
  } finally {
    redis.end();
  }
});

test('what the database refuses becomes a dead letter with its reason, and holds up nothing else', async () => {
  const redis = await Redis.start();
  try {
    await withProject({ REDIS_URL: redis.url }, async (server, project) => {
      project.postgres.cluster.psql(project.postgres.name, "alter table todo_items add constraint no_tents check (name <> 'Tent')");
      const ann = await joined(server, 'ann');
      for (const name of ['Stove', 'Tent', 'Lamp']) await add(ann, ann.own, { name });
      await until(async () => (await health(server)).writer.dead_letters === 1, 'it was put aside');

      assert.match(await server.command('dead-letters', 'list'), /no_tents.*23514/);
      await until(() => redis.waiting() === 0, 'the others are written');
      assert.deepEqual(project.postgres.query('select name from todo_items').map(({ name }) => name).sort(), ['Lamp', 'Stove']);
    });
  } finally {
    redis.end();
  }
});

test('postgrest-js sees through the same functions what the server has written; another key sees nothing', async () => {
  await withProject({}, async (server, project) => {
    const ann = await joined(server, 'ann');
    const { item, rev } = await add(ann, ann.own, { name: 'Tent' });
    const client = restClient(project);

    const list = await client.rpc('todo_rest_list', { of_list: ann.own });
    assert.equal(list.error, null);
    assert.deepEqual([list.data.list[0], list.data.items[0].slice(0, 4)], [rev, [item.id, item.rev, list.data.items[0][2], 'Tent']]);
    const lists = await client.rpc('todo_rest_lists_of', { of_user: ann.user });
    assert.deepEqual(lists.data.map(([id, role]) => [id, role]), [[ann.own, 'owner']]);

    // An op of npm's client is the server's: an idempotent repetition of a batch that is there.
    const { data: written, error } = await client.rpc('todo_rest_merge', {
      of_lists: [ann.own],
      rows: { members: [[ann.own], [ann.user], [null], ['viewer'], [1]] },
    });
    assert.deepEqual([written, error], [0, null], 'the row that is there is newer');
    const bad = await client.rpc('todo_rest_merge', { of_lists: [ann.own], rows: { members: [[ann.own], [ann.user], [null], ['king'], [rev + 1]] } });
    assert.deepEqual([bad.status, bad.error.code], [400, '22P02']);

    for (const role of ['anon', 'authenticated']) {
      const { status, error: refusal } = await restClient(project, makeApiKey(role, { sub: ann.user })).rpc('todo_rest_list', { of_list: ann.own });
      assert.deepEqual([status, refusal.code], [role === 'anon' ? 401 : 403, '42501'], role);
    }
  });
});

describe('tokens of Supabase Auth', () => {
  let project, server, key;
  before(async () => {
    project = await SupabaseProject.make();
    key = makeKey('ES256', 'now');
    project.standIn.keys = keySet(key);
    server = await TestServer.start({ AUTH_SERVICE: 'off' }, { project });
  });
  after(async () => {
    closeAll();
    await server.stop();
  });

  test('with a key that the project publishes: sub is the user, and the name is what he says of himself', async () => {
    const user = uuid();
    const ann = await connect(server, user, { token: issue(key, user, { ...project.claims, user_metadata: { full_name: 'Ann Example' }, email: 'ann@example.org' }) });
    await ann.ok('join');
    const { lists } = await ann.next('user_lists');
    const bob = await joined(server, 'bob');
    await ann.ok('share_list', { list_id: lists[0].list_id, shared_user_id: bob.user, role: 'viewer' });
    const { members } = await snapshot(bob, lists[0].list_id);
    assert.equal(members.find((member) => member.user_id === user)?.name, 'Ann Example');
  });

  test('with the shared secret of an older project', async () => {
    const ann = await connect(server, 'ann', { token: token('ann', { ...project.claims, type: undefined }) });
    await ann.ok('join');
  });

  for (const [what, claims] of [['of another project', { iss: 'https://other.supabase.co/auth/v1' }], ['for nobody in particular', { aud: 'anon' }],
    ['without a user, as the project\'s own keys are', { sub: undefined }]]) {
    test(`not those ${what}`, async () => {
      for (const text of [issue(key, 'ann', { ...project.claims, ...claims }), token('ann', { ...project.claims, ...claims })])
        assert.equal((await connectionRefusal(server, text)).code, 'token_invalid');
    });
  }
});

test('whose certificate nobody has signed gets no key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
      '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(folder, 'key'), '-out', join(folder, 'crt')], { stdio: 'ignore' });
    let asked = 0;
    const options = { key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'crt')) };
    const pretender = createServer(options, (request, response) => (++asked, response.end('3')));
    await new Promise((resolve) => pretender.listen(0, 'localhost', resolve));
    const SUPABASE_URL = `https://localhost:${pretender.address().port}`;

    const { code, said } = await TestServer.refusedStart({ SUPABASE_URL, SUPABASE_SERVICE_KEY: serviceKey });

    assert.equal(code, 1);
    assert.match(said, /certificate/);
    assert.equal(asked, 0);
    await new Promise((resolve) => pretender.close(resolve));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a project without the schema, and a key that is not the service\'s, are named at the start', async () => {
  const project = await SupabaseProject.make();
  project.postgres.cluster.psql(project.postgres.name, 'drop function todo_rest_version()');
  const without = await TestServer.refusedStart(project.settings);
  assert.equal(without.code, 1);
  assert.match(without.said, /PGRST202.*Run what `collab-todo schema` prints in the SQL editor/);

  const other = await SupabaseProject.make();
  const anon = makeApiKey('anon');
  const refused = await TestServer.refusedStart({ ...other.settings, SUPABASE_SERVICE_KEY: anon });
  assert.equal(refused.code, 1);
  assert.match(refused.said, /permission denied for function todo_rest_version/);
  assert.ok(!refused.said.includes(anon));
});
