// A random history of two or three clients of one list, whose networks break and whose programs end and start again. Afterwards
// everybody must have the same, every accepted change must have happened once, and nothing may be left over.
import { io, type Socket } from 'socket.io-client';
import { expect } from 'vitest';
import { Client, MemoryStorage, type Item, type ListView, type Operation } from '../../src/index.js';
import { until } from './events.js';
import { Proxy } from './proxy.js';
import { person, randomOf, token, type Random, type TestServer } from './server.js';

const ownName = 'own';

export interface Outcome {
  list_id: string;
  items: readonly Item[];
  /** Ids of all items that somebody added and was not refused. */
  added: string[];
  counts: Record<string, number>;
}

/** One device of a user: its storage and its network stay, its program comes and goes. */
class Device {
  client!: Client;
  readonly added: string[] = [];
  readonly accepted = new Map<string, number>();
  readonly counts = { accepted: 0, conflicts: 0, refused: 0, cuts: 0, restarts: 0 };
  private readonly storage = new MemoryStorage();
  private own: { item_id: string; name: string | undefined } | null = null;

  constructor(readonly user: string, private readonly net: Proxy) {}

  async start(): Promise<void> {
    const client = new Client({
      url: this.net.url, token: token(this.user), storage: this.storage, reconnect: { firstMs: 5, maxMs: 40 }, transports: ['websocket'],
    });
    client.on('accepted', ({ operation, rev }) => this.note(operation, rev));
    client.on('conflict', () => ++this.counts.conflicts);
    client.on('refused', ({ change }) => {
      ++this.counts.refused;
      if (change.event === 'add_item') this.added.splice(this.added.indexOf(change.item_id), 1);
    });
    this.client = client;
    await client.start();
  }

  async restart(): Promise<void> {
    ++this.counts.restarts;
    await this.client.close();
    await this.start();
  }

  cut(random: Random): void {
    ++this.counts.cuts;
    if (random.chance(0.5)) this.net.cut();
    else this.net.cutAfter(1 + random.below(1500));
  }

  mend(): void {
    this.net.mend();
  }

  /** Edits an item that nobody else touches. */
  editOwn(list_id: string, name: string): void {
    const item_id = this.own?.item_id;
    if (item_id === undefined) this.added.push((this.own = { item_id: this.client.addItem(list_id, { name }), name }).item_id);
    else if (this.client.item(list_id, item_id)) this.client.updateItem(list_id, item_id, { name });
  }

  /** What its user sees of that item after the last edit is what there must be in the end. */
  noteOwn(list_id: string): void {
    if (this.own) this.own.name = this.client.item(list_id, this.own.item_id)?.name;
  }

  /** Nobody else touched it: nothing of it may be lost, nor be called a conflict. */
  checkOwn(truth: ListView): void {
    if (!this.own) return;
    const { item_id, name } = this.own;
    expect(truth.items.find(({ id }) => id === item_id)?.name, `the last edit of ${item_id}, which only ${this.user} edits`).toBe(name);
    const conflicts = this.client.conflicts().filter((conflict) => conflict.item_id === item_id);
    expect(conflicts, `conflicts about it: ${JSON.stringify(conflicts)}`).toEqual([]);
  }

  async end(): Promise<void> {
    await this.client.close();
    await this.net.close();
  }

  private note({ op_id }: Operation, rev: number): void {
    ++this.counts.accepted;
    this.accepted.set(op_id, rev);
  }
}

/** Hears every event of the list over a network that never breaks; not `isWhole` once the server did. */
class Observer {
  readonly revs = new Map<string, number[]>();
  /** Of all events: what changes nothing is accepted at the rev that the list has. */
  readonly allRevs = new Set<number>();
  isWhole = true;

  private constructor(private readonly socket: Socket) {
    socket.on('disconnect', () => (this.isWhole = false));
  }

  static async of(server: TestServer, user: string): Promise<Observer> {
    const socket = io(server.url, { transports: ['websocket'], auth: { token: token(user) }, forceNew: true });
    const observer = new Observer(socket);
    socket.onAny((_, data?: { rev?: number; prev_rev?: number; op_id?: string | null }) => {
      if (data?.rev === undefined || data.prev_rev === undefined) return;
      observer.allRevs.add(data.rev);
      if (data.op_id) observer.revs.set(data.op_id, [...(observer.revs.get(data.op_id) ?? []), data.rev]);
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connected', () => resolve());
      socket.once('connect_error', reject);
    });
    await socket.emitWithAck('join', {});
    return observer;
  }

  /** What was sent before has arrived. */
  async settle(): Promise<void> {
    await this.socket.emitWithAck('get_trash', {});
  }

  end(): void {
    this.socket.disconnect();
  }
}

export interface HistoryOptions {
  steps: number;
  /** Does something to the server, now and then. */
  disturb?: (random: Random) => Promise<void>;
}

/** Runs the history of a seed, checks it, and tells what must be in the database. */
export async function runHistory(server: TestServer, seed: number, { steps, disturb }: HistoryOptions): Promise<Outcome> {
  const random = randomOf(seed);
  const [ann, bob] = [person('ann'), person('bob')];
  const users = random.chance(0.5) ? [ann, bob] : [ann, bob, ann];
  const devices: Device[] = [];
  for (const user of users) devices.push(new Device(user, await Proxy.before(server)));
  let observer: Observer | null = null;
  try {
    for (const device of devices) await device.start();
    await Promise.all(devices.map(({ client }) => client.settled()));
    const first = devices[0]!.client;
    const list_id = first.createList('Shared');
    await first.settled();
    await first.sharing.share(list_id, { user_id: bob }, 'editor');
    for (const { client } of devices) await until(client, () => client.list(list_id) !== null, 'the list');
    observer = await Observer.of(server, ann);
    for (const { accepted } of devices) accepted.clear();

    for (let step = 0; step < steps; ++step) {
      await act(random.pick(devices), list_id, random);
      if (disturb) await disturb(random);
      if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
    }

    for (const device of devices) device.mend();
    await Promise.all(devices.map(({ client }) => client.settled()));
    return await check(server, devices, observer, list_id);
  } finally {
    observer?.end();
    for (const device of devices) await device.end();
  }
}

async function act(device: Device, list_id: string, random: Random): Promise<void> {
  switch (random.below(12)) {
    case 0: return device.cut(random);
    case 1:
    case 2: return device.mend();
    case 3: return random.chance(0.4) ? device.restart() : undefined;
    case 4:
      return isDoneOrOffline(device.client);
    default:
      for (let edits = 1 + random.below(4); edits > 0; --edits) {
        edit(device, list_id, random);
        device.noteOwn(list_id);
      }
  }
}

// What is online is up to date before it goes on.
function isDoneOrOffline(client: Client): Promise<void> {
  return until(client, () => client.pendingCount === 0 || client.status.state !== 'live', 'what was waiting is accepted');
}

function edit(device: Device, list_id: string, random: Random): void {
  const { client } = device;
  const items = (client.list(list_id) as ListView).items.filter(({ name }) => !name.startsWith(ownName));
  const item = items.length > 0 ? random.pick(items) : null;
  const place = { after: random.chance(0.3) || !item ? null : random.pick(items).id };
  const add = () => void device.added.push(client.addItem(list_id, { name: `item ${random.below(1000)}` }, place));
  switch (random.below(12)) {
    case 0: return item ? client.deleteItem(list_id, item.id) : add();
    case 1: return item ? client.moveItem(list_id, item.id, { after: place.after === item.id ? null : place.after }) : add();
    case 2: return client.renameList(list_id, `Shared ${random.below(5)}`);
    case 3: return void client.undo();
    case 4: return void client.redo();
    case 5: {
      const [conflict] = client.conflicts();
      return conflict ? client.settleConflict(conflict.conflict_id, random.chance(0.5) ? 'mine' : 'theirs') : add();
    }
    case 6: return add();
    case 7:
    case 8: return device.editOwn(list_id, `${ownName} ${random.below(1000)}`);
    default: return item ? client.updateItem(list_id, item.id, fields(random)) : add();
  }
}

function fields(random: Random) {
  const number = random.below(8);
  const all = {
    name: `name ${number}`, description: number === 0 ? null : `text ${number}`, done: random.chance(0.5),
    status: random.pick(['not_started', 'in_progress', 'completed'] as const), due_date: `2030-01-1${number}`,
    media_url: number === 1 ? null : `https://example.org/${number}`,
  };
  const names = [random.pick(Object.keys(all)), random.pick(Object.keys(all))];
  return Object.fromEntries(names.map((name) => [name, all[name as keyof typeof all]]));
}

async function check(server: TestServer, devices: Device[], observer: Observer, list_id: string): Promise<Outcome> {
  const judge = new Client({ url: server.url, token: token(devices[0]!.user), transports: ['websocket'] });
  try {
    await judge.start();
    await judge.settled();
    const truth = judge.list(list_id) as ListView;
    const plain = ({ name, items, members }: ListView) => JSON.stringify({ name, items, members: [...members] });
    for (const { client, user } of devices) {
      const same = () => plain(client.list(list_id) as ListView) === plain(truth);
      await until(client, same, `what ${user} has is what the server has`).catch((error: unknown) => {
        expect(client.list(list_id), String(error)).toEqual({ ...truth, role: client.list(list_id)?.role });
        throw error;
      });
      expect(client.list(list_id)?.pending.size).toBe(0);
    }
    for (const device of devices) device.checkOwn(truth);
    // With the server its events are lost too: then the database tells.
    if (!observer.isWhole) return outcomeOf(devices, truth);
    await observer.settle();
    for (const [op_id, revs] of observer.revs) expect(revs, `${op_id} was applied more than once`).toHaveLength(1);
    for (const { accepted } of devices) {
      for (const [op_id, rev] of accepted) {
        const seen = observer.revs.get(op_id)?.[0];
        expect(seen ?? (observer.allRevs.has(rev) ? rev : null), `${op_id} was accepted at ${rev} and did not happen`).toBe(rev);
      }
    }
    return outcomeOf(devices, truth);
  } finally {
    await judge.close();
  }
}

function outcomeOf(devices: Device[], { list_id, items }: ListView): Outcome {
  const counts: Record<string, number> = {};
  for (const device of devices) for (const [name, count] of Object.entries(device.counts)) counts[name] = (counts[name] ?? 0) + count;
  return { list_id, items, added: devices.flatMap(({ added }) => added), counts };
}
