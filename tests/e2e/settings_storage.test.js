// OP_ID_RETENTION, TRASH_RETENTION_DAYS, WRITER_QUEUE_SIZE. Days pass here by writing old times into the database.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { add, closeAll, connect, joined, uuid } from './support/client.js';
import { items, query } from './support/database.js';
import { TestServer } from './support/server.js';
import { withServer } from './support/suite.js';

const hour = 3_600_000;
const day = 24 * hour;
const blob = (id) => `x'${id.replaceAll('-', '')}'`;

/** A server on which all was done some days ago: twice each, an hour before and an hour after what is forgotten. */
class Aged {
  static async start(settings, { op, trash }) {
    const aged = new Aged();
    const server = (aged.server = await TestServer.start({ LOG_LEVEL: 'info', ...settings }));
    const ann = await joined(server, 'ann');
    Object.assign(aged, { user: ann.user, list_id: ann.own });
    for (const name of ['old', 'young']) {
      const op_id = uuid();
      await add(ann, aged.list_id, { name: `by the ${name} op`, op_id });
      const item = (await add(ann, aged.list_id, { name: `${name} item` })).item.id;
      const kept = (await add(ann, aged.list_id, { name: `${name} item, left` })).item.id;
      for (const item_id of [item, kept]) await ann.ok('delete_item', { list_id: aged.list_id, item_id });
      const { list_id: list } = await ann.ok('create_list', { name: `${name} list` });
      await add(ann, list, { name: `in the ${name} list` });
      const { list_id: keptList } = await ann.ok('create_list', { name: `${name} list, left` });
      for (const list_id of [list, keptList]) await ann.ok('delete_list', { list_id });
      aged[name] = { op_id, item, kept, list, keptList };
    }
    ann.close();
    await server.halt();

    for (const [name, more] of [['old', hour], ['young', -hour]]) {
      const { op_id, item, kept, list, keptList } = aged[name];
      const now = Date.now();
      aged[name].rev = now - op - more;
      query(server, `update ops set rev = ${aged[name].rev} where op_id = ${blob(op_id)};
        update items set rev = ${now - trash - more}, updated_at = ${now - trash - more} where item_id in (${blob(item)}, ${blob(kept)});
        update lists set updated_at = ${now - trash - more} where list_id in (${blob(list)}, ${blob(keptList)})`);
    }
    await server.launch();
    return aged;
  }

  /** A minute after the start, and then daily, the server forgets. */
  forgotten() {
    return this.server.says(/forgot what is older than its retention/, 100_000);
  }

  /** Ann again. */
  async ann() {
    const ann = await connect(this.server, this.user);
    await ann.ok('join');
    return ann;
  }
}

async function snapshot(client, list_id) {
  await client.ok('join_list', { list_id });
  return client.next('list_snapshot', (data) => data.list_id === list_id);
}

const namesOf = (entries) => entries.map((one) => one.name ?? one.list_name).sort();

describe('OP_ID_RETENTION and TRASH_RETENTION_DAYS', { timeout: 200_000 }, () => {
  const cases = {
    'the defaults of 30 days': [{}, { op: 30 * day, trash: 30 * day }],
    '2 and 3 days': [{ OP_ID_RETENTION: '2', TRASH_RETENTION_DAYS: '3' }, { op: 2 * day, trash: 3 * day }],
    '3 days and 36 hours': [{ OP_ID_RETENTION: '3d', TRASH_RETENTION_DAYS: '36h' }, { op: 3 * day, trash: 36 * hour }],
  };
  const servers = {};
  // Together, as each waits for a minute.
  before(async () => {
    for (const [what, [settings, retention]] of Object.entries(cases)) servers[what] = await Aged.start(settings, retention);
  });
  after(async () => {
    closeAll();
    for (const { server } of Object.values(servers)) await server.stop();
  });

  for (const what of Object.keys(cases)) {
    test(`${what}: what was deleted longer ago cannot be restored, even while it is there`, async () => {
      const { old, young, list_id, ...aged } = servers[what];
      const ann = await servers[what].ann();

      assert.deepEqual(namesOf((await ann.ok('get_trash', { list_id })).items), ['young item', 'young item, left'], 'nor is it offered');
      assert.deepEqual(namesOf((await ann.ok('get_trash', {})).lists), ['young list', 'young list, left']);
      const item = await ann.refused('restore_item', { list_id, item_id: old.item }, 'action_error', 'gone');
      assert.equal(item.message, 'The item was deleted too long ago to be restored');
      const list = await ann.refused('restore_list', { list_id: old.list }, 'action_error', 'gone');
      assert.equal(list.message, 'The list was deleted too long ago to be restored');

      await ann.ok('restore_item', { list_id, item_id: young.item });
      assert.equal((await ann.next('item_added')).item.name, 'young item');
      await ann.ok('restore_list', { list_id: young.list });
      assert.deepEqual(namesOf(Object.values((await snapshot(ann, young.list)).items)), ['in the young list']);
      assert.doesNotMatch(aged.server.said, /forgot what/, 'all of this came before the first purge');
    });
  }

  for (const what of Object.keys(cases)) {
    test(`${what}: an op_id is remembered so long, over a restart, and no longer`, async () => {
      const aged = servers[what];
      await aged.forgotten();
      const ann = await aged.ann();
      const mark = ann.mark();
      const repeat = ({ op_id }, name) => ann.ok('add_item', { list_id: aged.list_id, name, op_id });

      assert.equal((await repeat(aged.young, 'again, and not added')).rev, aged.young.rev);
      await ann.settle();
      assert.ok(!ann.since(mark).includes('item_added'));

      const { rev } = await repeat(aged.old, 'again, and new');
      assert.ok(rev > aged.old.rev);
      assert.equal((await ann.next('item_added')).item.name, 'again, and new');
    });

    test(`${what}: the trash is emptied of what is older, and of nothing else`, async () => {
      const aged = servers[what];
      await aged.forgotten();
      const ann = await aged.ann();
      const { list_id, old, young } = aged;

      assert.deepEqual(namesOf((await ann.ok('get_trash', { list_id })).items), ['young item, left']);
      assert.deepEqual(namesOf((await ann.ok('get_trash', {})).lists), ['young list, left']);
      const rows = items(aged.server).map((row) => row.name);
      for (const name of ['old item', 'old item, left', 'in the old list']) assert.ok(!rows.includes(name), name);
      assert.deepEqual(query(aged.server, `select name from lists where list_id in (${blob(old.list)}, ${blob(old.keptList)})`), [{ name: '' }, { name: '' }]);
      await ann.refused('restore_item', { list_id, item_id: old.kept }, 'action_error', 'gone');
      await ann.refused('restore_list', { list_id: old.keptList }, 'action_error', 'gone');
      await ann.ok('restore_item', { list_id, item_id: young.kept });
      await ann.ok('restore_list', { list_id: young.keptList });

      ann.close();
      await aged.server.restart();
      const again = await aged.ann();
      await again.refused('restore_item', { list_id, item_id: old.kept }, 'action_error', 'not_found');
      assert.deepEqual((await again.ok('get_trash', { list_id })).items, []);
      assert.deepEqual((await again.ok('get_trash', {})).lists, []);
    });
  }
});

describe('WRITER_QUEUE_SIZE', () => {
  const batches = async (server) => {
    const text = await (await fetch(`${server.url}/metrics`, { headers: { accept: 'text/plain' } })).text();
    return Number(text.match(/^collab_writer_batches_total (\d+)$/m)[1]);
  };

  /** Many writes to one list at the same time; returns how many transactions they took. */
  async function storm(server, writes) {
    const ann = await joined(server, 'ann');
    const bob = await connect(server, ann.user);
    await bob.ok('join');
    const start = await batches(server);

    const names = Array.from({ length: writes }, (_, n) => `Item ${n}`);
    const replies = await Promise.all(names.map((name, n) => [ann, bob][n % 2].send('add_item', { list_id: ann.own, name })));

    for (const reply of replies) assert.equal(reply.ok, true, JSON.stringify(reply));
    assert.equal(new Set(replies.map((reply) => reply.rev)).size, writes);
    assert.deepEqual(namesOf(items(server)), [...names].sort(), 'all is in the database');
    return await batches(server) - start;
  }

  test('1: every write is taken, one after the other, and none is dropped', async () => {
    await withServer({ WRITER_QUEUE_SIZE: '1' }, async (server) => {
      assert.equal(await storm(server, 400), 400);
    });
  });

  test('the default: as many as are there go together', async () => {
    await withServer({}, async (server) => {
      assert.match(await server.command('config'), /^WRITER_QUEUE_SIZE=1000 +# default$/m);
      assert.ok(await storm(server, 400) < 400);
    });
  });
});
