// Random histories of several clients, with lost connections, repeats and kill -9 of the server. Each client keeps a copy by the
// events alone and checks, with each of them, order, exactly-once and isolation; in the end all copies are one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeAll, connect, joined, person, uuid } from './support/client.js';
import { Copy } from './support/copy.js';
import { assertSound, items as storedItems } from './support/database.js';
import { randomOf, seedOfRun } from './support/random.js';
import { TestServer } from './support/server.js';

const steps = Number(process.env.HISTORY_STEPS ?? 400);

/** A device of a user: a connection that comes and goes, and the copy that stays. */
class Device {
  constructor(server, user) {
    Object.assign(this, { server, user, copy: new Copy(user), client: null, read: 0 });
  }

  async come() {
    this.client = await connect(this.server, this.user);
    this.read = 0;
    const known = {};
    for (const [id, list] of this.copy.lists) known[id] = { epoch: list.epoch, rev: list.rev };
    await this.client.ok('join', { known });
    this.catchUp();
  }

  go() {
    if (!this.client) return;
    this.catchUp();
    this.client.close();
    this.client = null;
  }

  catchUp() {
    if (!this.client) return;
    const { log } = this.client;
    for (; this.read < log.length; ++this.read) this.copy.apply(log[this.read]);
  }
}

test(`${steps} random steps leave everybody with the same lists`, { timeout: 1_200_000 }, async () => {
  const random = randomOf(seedOfRun());
  const server = await TestServer.start();
  const users = ['ann', 'bob', 'eve'].map(person);
  const [owner, editor, guest] = users;
  const devices = [...users, owner, editor].map((user) => new Device(server, user));
  const done = { operations: 0, accepted: 0, refused: 0, repeats: 0, drops: 0, kills: 0, shares: 0, unknown: 0 };
  const accepted = new Map();  // op_id -> rev
  const lists = [uuid(), uuid()];
  const secretList = uuid();
  const itemsOf = new Map(lists.map((id) => [id, []]));
  let guestIsIn = false;
  let state = {};

  const onlineOf = (user) => devices.find((device) => device.user === user && device.client);

  async function kill() {
    ++done.kills;
    for (const device of devices) device.catchUp();
    await server.kill();
    for (const device of devices) {
      // What arrived before the connection broke was durable: it counts.
      device.catchUp();
      device.client = null;
    }
    closeAll();
    await server.launch();
    for (const device of devices) await device.come();
  }

  // One or two fields, each of which must find its way to everybody and to the disk.
  function updates() {
    const number = random.below(1000);
    const fields = {
      name: `n${number}`, description: random.chance(0.2) ? null : `d${number}`, done: random.chance(0.5),
      due_date: `2030-01-${10 + (number % 20)}`, media_url: `https://example.org/${number}`, position: `a${1 + (number % 9)}`,
    };
    const names = [random.pick(Object.keys(fields)), random.pick(Object.keys(fields))];
    return Object.fromEntries(names.map((name) => [name, fields[name]]));
  }

  function operation(list_id) {
    const op_id = uuid();
    const known = itemsOf.get(list_id);
    const item_id = known.length > 0 ? random.pick(known) : uuid();
    switch (random.below(8)) {
      case 0: return ['delete_item', { list_id, item_id, op_id }];
      case 1: return ['restore_item', { list_id, item_id, op_id }];
      case 2: return ['update_list', { list_id, name: `Name ${random.below(1000)}`, op_id }];
      case 3:
      case 4: return ['update_item', { list_id, item_id, op_id, updates: updates() }];
      case 5: return ['update_item', { list_id, item_id, op_id, description: `d${random.below(1000)}`, client_rev: 1 + random.below(3) }];
      default: {
        const fresh = uuid();
        known.push(fresh);
        return ['add_item', { list_id, item_id: fresh, name: `i${random.below(1000)}`, op_id }];
      }
    }
  }

  async function edit() {
    const device = random.pick(devices.filter((one) => one.client && one.user !== guest));
    const burst = [...Array(1 + random.below(6))].map(() => operation(random.pick(lists)));
    const replies = burst.map(([event, data]) => device.client.send(event, data));
    if (random.chance(0.06)) {
      await kill();
      await Promise.allSettled(replies.map((reply) => Promise.race([reply, Promise.resolve()])));
      // Nobody knows what became of them: asked again, each counts once.
      for (const [event, data] of burst) settle(data, await device.client.send(event, data), 'unknown');
      return;
    }
    for (const [at, reply] of (await Promise.all(replies)).entries()) settle(burst[at][1], reply);
    if (random.chance(0.3)) await repeat(device, random.pick(burst));
  }

  function settle(data, reply, kind) {
    ++done.operations;
    if (kind) ++done[kind];
    if (!reply.ok) return void ++done.refused;
    ++done.accepted;
    accepted.set(data.op_id, reply.rev);
  }

  async function repeat(device, [event, data]) {
    const first = accepted.get(data.op_id);
    if (first === undefined) return;
    ++done.repeats;
    const mark = device.client.mark();
    const reply = await device.client.ok(event, data);
    assert.equal(reply.rev, first, 'a repeat answers with the first rev');
    assert.ok(!device.client.log.slice(mark).some((one) => one.data?.op_id === data.op_id), 'a repeat has no event');
  }

  async function shareOrUnshare() {
    ++done.shares;
    const boss = onlineOf(owner);
    const list_id = lists[1];
    if (guestIsIn) await boss.client.ok('unshare_list', { list_id, user_id: guest });
    else await boss.client.ok('share_list', { list_id, shared_user_id: guest, role: 'viewer' });
    guestIsIn = !guestIsIn;
  }

  try {
    for (const device of devices) await device.come();
    for (const list_id of lists) await devices[0].client.ok('create_list', { list_id, name: 'Shared' });
    for (const list_id of lists) await devices[0].client.ok('share_list', { list_id, shared_user_id: editor, role: 'editor' });
    await devices[0].client.ok('create_list', { list_id: secretList, name: 'Nobody else sees this' });

    for (let step = 0; step < steps; ++step) {
      const choice = random.below(20);
      if (choice === 0) {
        const device = random.pick(devices.slice(1));
        ++done.drops;
        device.go();
        await edit();
        await device.come();
      } else if (choice === 1) {
        await shareOrUnshare();
      } else if (choice === 2) {
        await devices[0].client.ok('add_item', { list_id: secretList, name: 'secret', op_id: uuid() });
      } else {
        await edit();
      }
      for (const device of devices) device.catchUp();
    }

    for (const device of devices) {
      await device.client.settle();
      device.catchUp();
    }
    compare();
    await server.restart();
    for (const device of devices) {
      device.client = null;
      device.copy = new Copy(device.user);
    }
    const before = state;
    for (const device of devices) await device.come();
    compare();
    assert.deepEqual(state, before, 'a restart changed something');
    assertSound(server);
    console.log(`# ${steps} steps: ${JSON.stringify(done)}`);
  } finally {
    closeAll();
    await server.stop();
  }

  // All copies of a list are one, and are what the database holds.
  function compare() {
    state = {};
    for (const list_id of [...lists, secretList]) {
      const holders = devices.filter((device) => device.copy.lists.has(list_id));
      const expected = list_id === secretList ? [owner] : list_id === lists[1] && guestIsIn ? users : [owner, editor];
      assert.deepEqual([...new Set(holders.map((device) => device.user))].sort(), [...expected].sort());
      state[list_id] = holders[0].copy.plain(list_id);
      for (const device of holders) assert.deepEqual(device.copy.plain(list_id), state[list_id], `${device.user} sees another list`);
      const stored = storedItems(server).filter((row) => row.list_id === list_id && !row.is_deleted);
      const seen = Object.values(state[list_id].items).map(({ id, name, rev }) => ({ id, name, rev }));
      const byId = (a, b) => (a.id < b.id ? -1 : 1);
      assert.deepEqual(stored.map(({ id, name, rev }) => ({ id, name, rev })).sort(byId), seen.sort(byId));
    }
  }
});
