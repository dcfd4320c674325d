// Ann and Bob share a list: every event that a client can send, and every event that a server answers with.
//
//   ./run                      (in one terminal)
//   cd examples/two-users && npm ci && npm start
//
// COLLAB_URL says where the server is; the default is http://localhost:7788. With two servers, as ./run --cluster starts
// them, and COLLAB_URL=http://localhost:7788,http://localhost:7789, Ann is at the first and Bob at the second.
import assert from 'node:assert/strict';
import { io } from 'socket.io-client';

const [annsServer, bobsServer = annsServer] = (process.env.COLLAB_URL ?? 'http://localhost:7788').split(',');
const deadline = AbortSignal.timeout(30_000);
deadline.addEventListener('abort', () => {
  console.error(`two-users: gave up after 30 s; is the server at ${annsServer} running?`);
  process.exit(1);
});
for (const server of [annsServer, bobsServer]) {
  await fetch(`${server}/livez`).catch(() => {
    console.error(`two-users: no server answers at ${server}. Start it with ./run, or say in COLLAB_URL where it is`);
    process.exit(1);
  });
}

// An account, and a token for it. Any issuer of JWTs will do instead of the built-in account service.
async function signUp(name, server) {
  const email = `${name.toLowerCase()}-${process.pid}-${Date.now()}@example.org`;
  const password = 'correct horse battery staple';
  const post = async (path, body) => {
    const response = await fetch(`${server}/auth/${path}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${answer.error}`);
    return answer;
  };
  await post('register', { email, password, name });
  const { access_token, user_id } = await post('login', { email, password });
  return { name, email, user_id, server, token: access_token };
}

// A socket that prints what arrives and lets one wait for the next event of a name.
async function connect(user) {
  const socket = io(user.server, { transports: ['websocket'], auth: { token: user.token }, forceNew: true });
  const arrived = [];
  const waiting = [];
  socket.onAny((event, data) => {
    console.log(`  ${user.name} <- ${event}`);
    const at = waiting.findIndex((w) => w.event === event && w.matches(data));
    if (at >= 0) waiting.splice(at, 1)[0].resolve(data);
    else arrived.push({ event, data });
  });
  const next = (event, matches = () => true) => {
    const at = arrived.findIndex((a) => a.event === event && matches(a.data));
    if (at >= 0) return Promise.resolve(arrived.splice(at, 1)[0].data);
    return new Promise((resolve) => waiting.push({ event, matches, resolve }));
  };
  const send = async (event, data = {}) => {
    console.log(`${user.name} -> ${event}`);
    return socket.timeout(10_000).emitWithAck(event, data);
  };
  const failed = new Promise((_, reject) => socket.once('connect_error', reject));
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), failed]);
  const { user_id } = await next('connected');
  assert.equal(user_id, user.user_id);
  return { ...user, socket, next, send };
}

const ann = await connect(await signUp('Ann', annsServer));
const bob = await connect(await signUp('Bob', bobsServer));

// Everybody begins with one list of his own.
assert.equal((await ann.send('join')).ok, true);
const { lists } = await ann.next('user_lists');
assert.deepEqual(lists.map((list) => list.list_name), ['My TODOs']);
assert.equal((await bob.send('join')).ok, true);
await bob.next('user_lists');

// Ann makes a list and shares it; Bob has it at once.
const created = await ann.send('create_list', { name: 'Picnic' });
assert.equal(created.ok, true);
const { list_id } = await ann.next('list_created');
const shared = await ann.send('share_list', { list_id, shared_user_id: bob.user_id, role: 'editor' });
assert.equal(shared.ok, true);
assert.equal((await ann.next('list_share_success')).list_id, list_id);
assert.equal((await bob.next('list_shared_with_you')).list_id, list_id);

// Ann adds an item; both see it.
await ann.send('add_item', { list_id, name: 'Lemonade', description: 'two bottles' });
const added = await ann.next('item_added');
assert.equal((await bob.next('item_added')).item.name, 'Lemonade');
const item_id = added.item.id;

// Bob changes it; both see it.
const updated = await bob.send('update_item', {
  list_id, item_id, updates: { name: 'Lemonade, cold', done: true }, client_rev: added.rev,
});
assert.equal(updated.ok, true);
assert.equal((await ann.next('item_updated')).item.status, 'completed');
await bob.next('item_updated');

// Ann has not seen that yet: her edit of the same field is a conflict, and she gets the present state.
const refused = await ann.send('update_item', {
  list_id, item_id, updates: { name: 'Lemonade, warm' }, client_rev: added.rev,
});
assert.equal(refused.ok, false);
assert.equal(refused.error.code, 'revision_conflict');
const snapshot = await ann.next('list_snapshot', (data) => data.list_id === list_id);
assert.equal(snapshot.items[item_id].name, 'Lemonade, cold');

// A name that is empty, a list that is not hers, an event that does not exist.
assert.equal((await ann.send('add_item', { list_id, name: '' })).error.event, 'validation_error');
const stranger = '00000000-0000-4000-8000-000000000000';
assert.equal((await bob.send('join_list', { list_id: stranger })).error.event, 'permission_error');
assert.equal((await ann.send('no_such_event')).error.code, 'unknown_event');

// Bob removes it; both see it. A second removal is an action_error.
assert.equal((await bob.send('delete_item', { list_id, item_id })).ok, true);
assert.equal((await ann.next('item_deleted')).item_id, item_id);
assert.equal((await bob.send('delete_item', { list_id, item_id })).error.event, 'action_error');

// A connection without a good token is refused.
const intruder = io(annsServer, { transports: ['websocket'], auth: { token: 'nonsense' }, forceNew: true, reconnection: false });
const refusal = await new Promise((resolve) => intruder.once('connect_error', resolve));
assert.equal(refusal.data.event, 'auth_error');

ann.socket.disconnect();
bob.socket.disconnect();
console.log('Every event arrived where it should.');
process.exit(0);
