// kill -9 at random moments, with many operations in flight: what was acknowledged is in the database, once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeAll, connect, joined, uuid } from './support/client.js';
import { assertSound, items } from './support/database.js';
import { randomOf, seedOfRun } from './support/random.js';
import { TestServer } from './support/server.js';

const rounds = Number(process.env.CRASH_ROUNDS ?? 100);
const clients = 4;
const inFlight = 16;  // of each client: 64 in all

// Sends one operation; `done` learns how it was answered, if it was.
function send(client, operation) {
  client.socket.emit(operation.event, operation.data, (reply) => {
    operation.reply = reply;
    operation.client.waiting.delete(operation);
    operation.client.next();
  });
}

function nextOperation(random, list_id, known) {
  const op_id = uuid();
  if (known.length > 0 && random.chance(0.4)) {
    const item_id = random.pick(known);
    return { event: 'update_item', item_id, name: `renamed by ${op_id}`, data: { list_id, item_id, op_id, updates: { name: `renamed by ${op_id}` } } };
  }
  const item_id = uuid();
  return { event: 'add_item', item_id, name: `made by ${op_id}`, data: { list_id, item_id, op_id, name: `made by ${op_id}` } };
}

// Keeps `inFlight` operations on their way until the server dies after `lifetime` ms; returns all operations.
async function storm(server, random, users, lifetime) {
  const all = [];
  let most = 0;
  const storms = [];
  for (const user of users) {
    const client = await connect(server, user.name);
    const run = { waiting: new Set(), isOver: false };
    run.next = () => {
      while (!run.isOver && run.waiting.size < inFlight) {
        const operation = { ...nextOperation(random, user.list_id, user.known), client: run, user };
        if (operation.event === 'add_item') user.known.push(operation.item_id);
        run.waiting.add(operation);
        all.push(operation);
        send(client, operation);
      }
      most = Math.max(most, storms.reduce((sum, one) => sum + one.waiting.size, 0));
    };
    storms.push(run);
  }
  for (const run of storms) run.next();
  await new Promise((resolve) => setTimeout(resolve, lifetime));
  const waiting = storms.reduce((sum, one) => sum + one.waiting.size, 0);
  await server.kill();
  for (const run of storms) run.isOver = true;
  closeAll();
  return { all, most, waiting };
}

// Everything that was accepted is there; nothing is there that was not asked for; no item is there twice.
function check(server, users, everything) {
  const rows = items(server);
  const byId = new Map(rows.map((row) => [`${row.list_id} ${row.id}`, row]));
  assert.equal(byId.size, rows.length, 'an item is there twice');
  const asked = new Map();
  for (const operation of everything) {
    const key = `${operation.data.list_id} ${operation.item_id}`;
    if (!asked.has(key)) asked.set(key, { names: new Set(), newest: 0 });
    const item = asked.get(key);
    item.names.add(operation.name);
    if (!operation.reply?.ok) continue;
    const row = byId.get(key);
    assert.ok(row, `acknowledged, but not stored: ${JSON.stringify(operation.data)} ${JSON.stringify(operation.reply)}`);
    assert.ok(row.rev >= operation.reply.rev, `stored at ${row.rev}, acknowledged at ${operation.reply.rev}`);
    if (row.rev === operation.reply.rev) assert.equal(row.name, operation.name);
  }
  for (const row of rows) assert.ok(asked.get(`${row.list_id} ${row.id}`)?.names.has(row.name), `nobody asked for ${JSON.stringify(row)}`);
}

test(`${rounds} kills lose no acknowledged write and double none`, { timeout: 1_200_000 }, async () => {
  const random = randomOf(seedOfRun());
  const server = await TestServer.start();
  const users = [];
  const everything = [];
  const count = { acknowledged: 0, unanswered: 0, repeated: 0, leastInFlight: Infinity };
  try {
    for (let at = 0; at < clients; ++at) {
      const client = await joined(server, `storm${at}`);
      users.push({ name: client.user, list_id: client.own, known: [] });
    }
    closeAll();
    for (let round = 0; round < rounds; ++round) {
      const { all, most, waiting } = await storm(server, random, users, 5 + random.below(60));
      count.leastInFlight = Math.min(count.leastInFlight, most);
      assert.ok(waiting <= most);
      everything.push(...all);
      // Behind Redis, what brings changes into the database is in the server that was killed.
      if (server.redis) await server.launch();
      check(server, users, everything);
      if (!server.redis) await server.launch();
      // Whoever got no answer asks again with the same op_id: it counts once, whether or not it had been stored.
      const open = all.filter((operation) => !operation.reply);
      count.acknowledged += all.length - open.length;
      count.unanswered += open.length;
      for (const user of users) {
        const client = await connect(server, user.name);
        for (const operation of open.filter((one) => one.user === user)) {
          operation.reply = await client.send(operation.event, operation.data);
          const gone = operation.event === 'update_item' && operation.reply.error?.code === 'not_found';
          assert.ok(operation.reply.ok || gone, JSON.stringify(operation.reply));
          if (operation.reply.ok && operation.reply.item === undefined) ++count.repeated;
        }
        client.close();
      }
      check(server, users, everything);
      if (round % 20 === 19) assertSound(server);
      for (const user of users) user.known = user.known.slice(-50);
    }
    assert.ok(count.leastInFlight >= 50, `only ${count.leastInFlight} operations were in flight`);
    console.log(`# ${rounds} kills, ${everything.length} operations: ${JSON.stringify(count)}`);
  } finally {
    closeAll();
    await server.stop();
  }
});
