// One Socket.IO connection that remembers everything it got, acknowledgements included, in order.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as current from 'socket.io-client';
import * as fourZero from 'socket.io-client-4.0';
import * as threeOne from 'socket.io-client-3.1';
import { patience, withDeadline } from './deadline.js';
import { token } from './token.js';

const packages = { 4.8: [current, 'socket.io-client'], '4.0': [fourZero, 'socket.io-client-4.0'], 3.1: [threeOne, 'socket.io-client-3.1'] };
export const versions = Object.keys(packages).sort().reverse();
export const transports = ['polling', 'websocket', 'upgrade'];

const runs = new Set();
const open = new Set();

/** The exact version that npm installed. */
export function versionOf(version) {
  const folder = packages[version][1];
  return JSON.parse(readFileSync(new URL(`../node_modules/${folder}/package.json`, import.meta.url))).version;
}

/** Which clients ran over which transports since the last call, for the log of the tests. */
export function describeRuns() {
  const text = [...runs].sort().map((run) => `# ${run}`).join('\n');
  runs.clear();
  return text;
}

export class Client {
  log = [];
  waiting = [];

  constructor(socket, user, version) {
    Object.assign(this, { socket, user, version });
    socket.onAny((event, data) => this.record(event, data));
    socket.on('disconnect', (reason) => this.record('(disconnect)', reason));
  }

  record(event, data) {
    this.log.push({ event, data, taken: false });
    this.waiting = this.waiting.filter((wait) => !wait());
  }

  take(event, matches) {
    const entry = this.log.find((one) => !one.taken && one.event === event && matches(one.data));
    if (entry) entry.taken = true;
    return entry;
  }

  /** The data of the first event of this name that was not asked for before, now or when it comes. */
  next(event, matches = () => true) {
    const there = this.take(event, matches);
    if (there) return Promise.resolve(there.data);
    const coming = new Promise((resolve) => {
      this.waiting.push(() => {
        const entry = this.take(event, matches);
        if (entry) resolve(entry.data);
        return entry !== undefined;
      });
    });
    return withDeadline(coming, () => `${event} at ${this.user}; it got ${this.log.map((one) => one.event).join(', ')}`);
  }

  /** Sends an event and returns its acknowledgement. */
  send(event, data = {}) {
    const answer = new Promise((resolve) => {
      this.socket.emit(event, data, (reply) => {
        this.record(`(ack of ${event})`, reply);
        resolve(reply);
      });
    });
    return withDeadline(answer, () => `the acknowledgement of ${event}`);
  }

  /** Sends an event that must succeed. */
  async ok(event, data = {}) {
    const reply = await this.send(event, data);
    assert.equal(reply?.ok, true, `${event}: ${JSON.stringify(reply)}`);
    return reply;
  }

  /** Sends an event that must be refused with this event name and code; returns the error. */
  async refused(event, data, errorEvent, code) {
    const reply = await this.send(event, data);
    assert.equal(reply?.ok, false, `${event} was not refused: ${JSON.stringify(reply)}`);
    assert.deepEqual([reply.error.event, reply.error.code], [errorEvent, code], JSON.stringify(reply));
    assert.equal(typeof reply.error.message, 'string');
    assert.notEqual(reply.error.message, '');
    return reply.error;
  }

  emit(event, data) {
    this.socket.emit(event, data);
  }

  /** The names of what came since `mark()`. */
  since(mark) {
    return this.log.slice(mark).map((one) => one.event);
  }

  mark() {
    return this.log.length;
  }

  /** Every event so far that concerns this list. */
  about(listId) {
    return this.log.filter((one) => one.data && (one.data.list_id === listId || one.data.list?.id === listId));
  }

  /** A round trip: what the server had sent to this socket before has arrived. */
  async settle() {
    await this.send('get_trash', {});
  }

  get transport() {
    return this.socket.io.engine.transport.name;
  }

  close() {
    open.delete(this);
    this.socket.disconnect();
  }
}

/** `how`: version, transport, headers, agent (of node:http), token (default: a good one). Resolves once the server said `connected`. */
export async function connect(server, user, how = {}) {
  const { version = '4.8', transport = 'websocket' } = how;
  const socket = openSocket(server, how.token ?? token(user, server.project?.claims), { version, transport, headers: how.headers, agent: how.agent });
  const client = new Client(socket, user, version);
  open.add(client);
  const failed = new Promise((_, reject) => socket.once('connect_error', reject));
  failed.catch(() => {});
  client.connected = await Promise.race([client.next('connected'), failed]);
  if (transport === 'upgrade' && client.transport !== 'websocket') {
    await withDeadline(new Promise((resolve) => socket.io.engine.once('upgrade', resolve)), () => 'the upgrade to WebSocket');
  }
  runs.add(`socket.io-client ${versionOf(version)}, asked for ${transport}, ended on ${client.transport}`);
  return client;
}

function openSocket(server, authToken, { version, transport, headers, agent }) {
  const names = transport === 'upgrade' ? ['polling', 'websocket'] : [transport];
  return packages[version][0].io(server.url, {
    transports: names, auth: authToken === null ? {} : { token: authToken }, forceNew: true, reconnection: false, timeout: patience,
    extraHeaders: headers, agent,
  });
}

/** Connects in a way that must be refused; returns the refusal: its message and its data. */
export async function connectionError(server, authToken, how = {}) {
  const { version = '4.8', transport = 'websocket', headers } = how;
  const socket = openSocket(server, authToken, { version, transport, headers });
  const got = [];
  socket.onAny((event) => got.push(event));
  const outcome = new Promise((resolve, reject) => {
    socket.once('connect_error', resolve);
    socket.once('connect', () => reject(new Error('the connection was accepted')));
  });
  try {
    const error = await withDeadline(outcome, () => 'connect_error');
    assert.deepEqual(got, [], 'a refused connection gets nothing but the refusal');
    assert.equal(typeof error.message, 'string');
    return { message: error.message, data: error.data };
  } finally {
    socket.disconnect();
  }
}

/** The same, but only the data. */
export async function connectionRefusal(server, authToken, how) {
  return (await connectionError(server, authToken, how)).data;
}

/** Ends what tests left open. */
export function closeAll() {
  for (const client of open) client.close();
}

let people = 0;
/** A user name that no other test has. */
export const person = (name) => `${name}-${++people}-${process.pid}`;

/** A user with a connection that has joined; `own` is the list that everybody begins with. */
export async function joined(server, name, how) {
  const client = await connect(server, person(name), how);
  await client.ok('join');
  const { lists } = await client.next('user_lists');
  client.own = lists[0]?.list_id;
  return client;
}

/** Two joined users, Ann and Bob, and a list of Ann's that Bob has with `role`. */
export async function sharing(server, role = 'editor') {
  const ann = await joined(server, 'ann');
  const bob = await joined(server, 'bob');
  const { list_id } = await ann.ok('create_list', { name: 'Shared' });
  await ann.ok('share_list', { list_id, shared_user_id: bob.user, role });
  await bob.next('list_shared_with_you');
  await ann.next('members_changed');
  return { ann, bob, list_id };
}

/** Adds an item and waits for its event at everybody named. */
export async function add(client, list_id, fields = {}, others = []) {
  await client.ok('add_item', { list_id, name: 'Item', ...fields });
  const event = await client.next('item_added', (data) => data.list_id === list_id);
  for (const other of others) await other.next('item_added', (data) => data.item.id === event.item.id);
  return event;
}

export const uuid = () => randomUUID();
