// People at work: several users with two devices each, on several servers, who edit, share, leave, come back and repeat what was not
// answered. All that they do and see is noted in the history.
import { createRequire } from 'node:module';
import { randomOf } from '../e2e/support/random.js';
import { token } from '../e2e/support/token.js';
import { atMost, pause, within } from './waiting.js';

const { io } = createRequire(new URL('../e2e/package.json', import.meta.url))('socket.io-client');
const replyPatience = 4_000;
const itemsPerList = 25;

/** A UUID that the seed brings back. */
function uuidOf(random) {
  const hex = (digits) => Array.from({ length: digits }, () => random.below(16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

let sockets = 0, calls = 0;

/** One connection. */
class Line {
  static async open(device, server) {
    const line = new Line();
    Object.assign(line, { device, server, id: (sockets += 1), isOpen: false, replies: new Map() });
    line.history = device.traffic.history;
    line.socket = io(server.url, {
      transports: [device.transport], auth: { token: token(device.user) }, forceNew: true, reconnection: false, timeout: replyPatience,
    });
    const connected = new Promise((resolve) => {
      line.socket.once('connect', () => resolve(true));
      line.socket.once('connect_error', () => resolve(false));
    });
    line.socket.onAny((event, data) => line.hear(event, data));
    line.socket.on('disconnect', (why) => line.end(why));
    if ((await atMost(replyPatience, connected)) !== true) {
      line.end('not connected');
      line.socket.disconnect();
      return null;
    }
    return line;
  }

  // What comes before the answer to CONNECT is known here comes from an open socket, too.
  begin() {
    if (this.isOpen || this.isOver) return;
    this.isOpen = true;
    this.history.note('open', { socket: this.id, user: this.device.user, device: this.device.name, server: this.server.name });
  }

  hear(event, data) {
    if (this.isOver || event === 'presence_state') return;
    this.begin();
    // The snapshots in it came before, each by itself.
    const noted = event === 'user_lists' ? { lists: data.lists.map(({ list_id }) => ({ list_id })) } : data;
    this.history.note('got', { socket: this.id, event, data: noted });
    this.device.follow(event, data);
  }

  /** The reply, or undefined if none came: then the line is given up. */
  async ask(event, data) {
    this.begin();
    const call = (calls += 1);
    this.history.note('sent', { socket: this.id, call, event, data });
    const answer = new Promise((resolve) => {
      this.replies.set(call, resolve);
      this.socket.emit(event, data, (reply) => {
        if (this.isOver) return;
        this.history.note('reply', { socket: this.id, call, reply });
        resolve(reply);
      });
    });
    const reply = await atMost(replyPatience, answer);
    this.replies.delete(call);
    if (reply === undefined) this.close('no reply');
    return reply;
  }

  close(why = 'left') {
    this.end(why);
    this.socket.disconnect();
  }

  end(why) {
    if (this.isOver) return;
    this.isOver = true;
    if (this.isOpen) this.history.note('closed', { socket: this.id, why });
    for (const resolve of this.replies.values()) resolve(undefined);
  }
}

/** A phone or a laptop: a connection that comes and goes, and positions that stay. */
class Device {
  lists = new Map();   // list_id -> { rev, epoch, items: Map(id -> rev), trash: [id…] }
  unsettled = new Set();
  done = [];           // operations that were accepted, to be repeated some time
  line = null;

  constructor(traffic, user, number, transport) {
    const name = `${user}.${number}`;
    Object.assign(this, { traffic, user, name, transport, random: randomOf(traffic.random.below(2 ** 32)) });
  }

  // ------------------------------------------------------------------------------------------- what it believes

  follow(event, data) {
    switch (event) {
      case 'list_snapshot': return this.learn(data);
      case 'list_created':
      case 'list_shared_with_you': return this.learn(data.list);
      case 'user_lists': {
        const ids = new Set(data.lists.map((list) => list.list_id));
        for (const id of this.lists.keys()) if (!ids.has(id)) this.lists.delete(id);
        return undefined;
      }
      case 'list_deleted': return (this.hasLost = this.lists.delete(data.list_id) || this.hasLost);
      default:
    }
    const list = this.lists.get(data?.list_id);
    if (!list) return undefined;
    if (event === 'list_delta') {
      for (const item of data.items) list.items.set(item.id, item.rev);
      for (const id of data.deleted) this.forget(list, id);
      Object.assign(list, { rev: data.rev, epoch: data.epoch });
    } else if (data.rev > list.rev) {
      if (event === 'item_added' || event === 'item_updated') list.items.set(data.item.id, data.item.rev);
      if (event === 'item_deleted') this.forget(list, data.item_id);
      list.rev = data.rev;
    }
    return undefined;
  }

  forget(list, id) {
    list.items.delete(id);
    list.trash = [...list.trash.slice(-9), id];
  }

  learn(data) {
    const list_id = data.list_id ?? data.id;
    const trash = this.lists.get(list_id)?.trash ?? [];
    const items = new Map(Object.values(data.items).map((item) => [item.id, item.rev]));
    this.lists.set(list_id, { rev: data.rev, epoch: data.epoch, role: data.role, items, trash });
  }

  // ------------------------------------------------------------------------------------------- coming and going

  async come(server = this.random.pick(this.traffic.servers)) {
    const line = await Line.open(this, server);
    if (!line) return false;
    this.line = line;
    const known = Object.fromEntries([...this.lists].map(([id, { epoch, rev }]) => [id, { epoch, rev }]));
    const isNew = this.random.chance(0.3);
    if (isNew) this.lists.clear();
    const reply = await line.ask('join', isNew ? {} : { known });
    if (!reply?.ok) this.go('refused');
    return reply?.ok === true;
  }

  go(why) {
    this.line?.close(why);
    this.line = null;
  }

  get isOnline() {
    return this.line !== null && !this.line.isOver;
  }

  // ------------------------------------------------------------------------------------------- its work

  async run() {
    while (!this.traffic.isOver) {
      await this.traffic.mayGoOn();
      await pause(this.random.below(2 * this.traffic.rest));
      if (this.traffic.isOver || this.traffic.isPaused) continue;
      if (!this.isOnline && !(await this.come())) {
        await pause(50 + this.random.below(200));
        continue;
      }
      this.busy = this.act();
      await this.busy;
      this.busy = null;
    }
  }

  async act() {
    const choice = this.random.below(30);
    if (choice === 0) return this.go('left');
    if (choice === 1 && this.done.length > 0) return this.settle({ ...this.random.pick(this.done) });
    if (choice === 2) return this.joinOne();
    if (choice <= 4) return this.traffic.shareSomething(this);
    if (choice === 5 || (choice > 20 && this.hasLost)) return this.tresspass();
    if (choice === 6) return this.traffic.leaveSomething(this);
    const burst = Array.from({ length: 1 + this.random.below(5) }, () => this.operation()).filter(Boolean);
    await Promise.all(burst.map((operation) => this.settle(operation)));
    return undefined;
  }

  async joinOne() {
    const [list_id, list] = this.random.pick([...this.lists]) ?? [];
    if (!list) return;
    const since = { epoch: list.epoch, rev: list.rev };
    await this.line.ask('join_list', this.random.chance(0.5) ? { list_id, since } : { list_id });
  }

  /** Tries what is not allowed, or not any more. */
  async tresspass() {
    this.hasLost = false;
    const former = this.done.filter((one) => !this.lists.has(one.data.list_id));
    if (former.length > 0 && this.random.chance(0.7)) return this.settle({ ...this.random.pick(former) });
    const list_id = this.random.pick(this.traffic.lists).id;
    if (this.random.chance(0.5)) return this.line.ask('join_list', { list_id });
    return this.settle({ event: 'add_item', data: { list_id, item_id: uuidOf(this.random), name: `by ${this.name}`, op_id: uuidOf(this.random) } });
  }

  operation() {
    const { random } = this;
    const [list_id, list] = random.pick([...this.lists]) ?? [];
    if (!list) return null;
    const op_id = uuidOf(random);
    const item_id = random.pick([...list.items.keys()]);
    const mark = `${this.name} ${op_id.slice(0, 8)}`;
    const choice = random.below(20);
    if (choice === 0) return { event: 'update_list', data: { list_id, name: `list ${mark}`, op_id } };
    if (choice === 1 && list.trash.length > 0) return { event: 'restore_item', data: { list_id, item_id: random.pick(list.trash), op_id } };
    const isFull = list.items.size >= itemsPerList;
    if (!item_id || (!isFull && choice < 7)) {
      return { event: 'add_item', data: { list_id, item_id: uuidOf(random), name: `item ${mark}`, op_id } };
    }
    if (choice < (isFull ? 8 : 9)) return { event: 'delete_item', data: { list_id, item_id, op_id } };
    const updates = this.updates(mark);
    const data = { list_id, item_id, updates, op_id };
    if (random.chance(0.4)) data.client_rev = random.chance(0.7) ? list.rev : list.items.get(item_id);
    return { event: 'update_item', data };
  }

  updates(mark) {
    const { random } = this;
    const all = {
      name: `item ${mark}`, description: random.chance(0.2) ? null : mark, done: random.chance(0.5), position: `a${1 + random.below(9)}`,
      due_date: `2030-01-${10 + random.below(20)}`, media_url: `https://example.org/${mark.replace(' ', '/')}`,
    };
    const names = [random.pick(Object.keys(all)), random.pick(Object.keys(all))];
    return Object.fromEntries(names.map((name) => [name, all[name]]));
  }

  /** Asks until there is an answer that tells how it is, wherever and however often that takes. The answer, or undefined at the end. */
  async settle(operation) {
    this.unsettled.add(operation);
    for (;;) {
      const reply = this.isOnline ? await this.line.ask(operation.event, operation.data) : undefined;
      if (reply && (reply.ok || reply.error.code !== 'unavailable')) {
        this.unsettled.delete(operation);
        if (reply.ok) this.done = [...this.done.slice(-20), operation];
        return reply;
      }
      ++this.traffic.figures.repeats;
      if (this.traffic.hasGivenUp) return undefined;
      await pause(50 + this.random.below(300));
      if (!this.isOnline) await this.comeOnce();
      else if (this.random.chance(0.2)) this.go('elsewhere');
    }
  }

  /** Several operations may find the line broken at the same time. */
  comeOnce() {
    this.coming ??= this.come().finally(() => (this.coming = null));
    return this.coming;
  }
}

export class Traffic {
  isOver = false;
  hasGivenUp = false;
  figures = { repeats: 0 };
  #gate = null;
  #open = null;

  /** `seed` makes what they do; `name` makes their names others than those of another run in the same world. */
  constructor(world, seed, name, { rest = 60 } = {}) {
    Object.assign(this, { world, history: world.history, servers: world.servers, rest });
    this.random = randomOf(seed);
    this.users = ['ann', 'bob', 'cat', 'dan', 'eve'].map((user) => `${user}-${name}`);
    this.devices = this.users.flatMap((user, at) => [1, 2].map((number) =>
      new Device(this, user, number, at === 2 && number === 2 ? 'polling' : 'websocket')));
    const [ann, bob] = this.users;
    this.lists = [ann, ann, bob, bob].map((owner) => ({ id: uuidOf(this.random), owner, shares: new Map() }));
  }

  /** Those of the plan, and the one that everybody begins with. */
  knownLists() {
    return [...new Set([...this.lists.map((list) => list.id), ...this.devices.flatMap((device) => [...device.lists.keys()])])];
  }

  /** Lists are made and shared. Nothing is broken yet. */
  async begin() {
    for (const device of this.devices) if (!(await within(20_000, () => device.isOnline || device.come()))) throw new Error(`${device.name} cannot connect`);
    for (const list of this.lists) {
      const boss = this.bossOf(list);
      await boss.settle({ event: 'create_list', data: { list_id: list.id, name: 'shared', op_id: uuidOf(this.random) } });
      for (const user of this.users.slice(0, 3)) if (user !== list.owner) await this.share(boss, list, user, 'editor');
    }
    this.running = this.devices.map((device) => device.run());
  }

  bossOf(list) {
    return this.devices.find((device) => device.user === list.owner);
  }

  /** Only one device of an owner shares, and asks until it knows how it stands. Dan comes and goes, cat's role changes, eve never comes in. */
  async shareSomething(device) {
    const list = device.random.pick(this.lists.filter((one) => this.bossOf(one) === device));
    if (!list || list.isBeingShared) return;
    list.isBeingShared = true;
    const [, , cat, dan] = this.users;
    if (list === this.lists.at(-1) && device.random.chance(0.4)) await this.deleteOrRestore(device, list);
    else if (device.random.chance(0.3)) await this.share(device, list, cat, device.random.pick(['editor', 'viewer']));
    else if (list.shares.get(dan)) await this.unshare(device, list, dan);
    else await this.share(device, list, dan, device.random.pick(['editor', 'viewer']));
    list.isBeingShared = false;
  }

  /** Dan goes by himself, too; his owner does not know, and shares with him again or takes it from him once more. */
  async leaveSomething(device) {
    const list = device.random.pick(this.lists);
    if (device.user === this.users[3] && device.lists.has(list.id)) await device.settle({ event: 'leave_list', data: { list_id: list.id, op_id: uuidOf(device.random) } });
  }

  async deleteOrRestore(boss, list) {
    const event = list.isDeleted ? 'restore_list' : 'delete_list';
    if ((await boss.settle({ event, data: { list_id: list.id, op_id: uuidOf(boss.random) } }))?.ok) list.isDeleted = !list.isDeleted;
  }

  async share(boss, list, user, role) {
    const data = { list_id: list.id, shared_user_id: user, role, op_id: uuidOf(boss.random) };
    if ((await boss.settle({ event: 'share_list', data }))?.ok) list.shares.set(user, role);
  }

  async unshare(boss, list, user) {
    if ((await boss.settle({ event: 'unshare_list', data: { list_id: list.id, user_id: user, op_id: uuidOf(boss.random) } }))?.ok) {
      list.shares.delete(user);
    }
  }

  // ------------------------------------------------------------------------------------------- pauses and the end

  /** Nobody begins anything new until resume(); completes when everything that was begun is settled. False if it is not in time. */
  async rests(limit = 45_000) {
    this.#gate ??= new Promise((resolve) => (this.#open = resolve));
    return within(limit, () => this.devices.every((device) => !device.busy));
  }

  resume() {
    this.#open?.();
    this.#gate = null;
  }

  get isPaused() {
    return this.#gate !== null;
  }

  async mayGoOn() {
    if (this.#gate) await this.#gate;
  }

  uuid() {
    return uuidOf(this.random);
  }

  /** Another device of a user, that knows nothing. */
  visitor(user) {
    return new Device(this, user, `visitor ${(this.visitors = (this.visitors ?? 0) + 1)}`, 'websocket');
  }

  /** Everybody is where everybody else is. */
  async end() {
    const isSettled = await this.rests();
    this.isOver = true;
    this.hasGivenUp = !isSettled;
    this.resume();
    await Promise.all(this.running);
    for (const device of this.devices) await within(20_000, () => device.isOnline || device.come());
    return isSettled;
  }

  leave() {
    this.isOver = this.hasGivenUp = true;
    for (const device of this.devices) device.go('the end');
  }
}
