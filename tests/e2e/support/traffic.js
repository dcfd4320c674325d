// People who go on editing a list whatever happens, and what must be true of it afterwards.
import assert from 'node:assert/strict';
import { connect, uuid } from './client.js';
import { Copy } from './copy.js';
import { items } from './database.js';
import { until } from './deadline.js';

/** A connected user with a copy of what he was told. */
export class Person {
  static async come(server, user) {
    const person = Object.assign(new Person(), { server, user, copy: new Copy(user), read: 0 });
    person.client = await connect(server, user);
    await person.client.ok('join');
    return person;
  }

  /** What he knows of the list after everything that came so far. */
  list(listId) {
    const { log } = this.client;
    for (; this.read < log.length; ++this.read) this.copy.apply(log[this.read]);
    return this.copy.lists.get(listId);
  }

  /** Sends a change, and again with the same op_id until it is taken; refusals other than `unavailable` are none. */
  async insist(event, data, limit = 30_000) {
    const change = { op_id: uuid(), ...data };
    let reply;
    await until(async () => {
      reply = await this.client.send(event, change);
      if (!reply.ok) assert.equal(reply.error.code, 'unavailable', JSON.stringify(reply));
      return reply.ok;
    }, () => `${event} is taken: ${JSON.stringify(reply)}`, limit);
    return reply;
  }
}

/** Adds and renames items, one change after the other, until it is stopped. */
export class Traffic {
  isOver = false;
  accepted = [];  // { item_id, name, rev } in their order

  constructor(person, listId) {
    Object.assign(this, { person, listId });
    this.ended = this.#run();
    this.ended.catch(() => {});  // stop() tells
  }

  async #run() {
    for (let n = 0; !this.isOver; ++n) {
      const last = this.accepted.at(-1);
      const name = `${this.person.user} ${n}`;
      if (n % 3 === 2) {
        const { rev } = await this.person.insist('update_item', { list_id: this.listId, item_id: last.item_id, updates: { name } });
        this.accepted.push({ item_id: last.item_id, name, rev });
      } else {
        const item_id = uuid();
        const { rev } = await this.person.insist('add_item', { list_id: this.listId, item_id, name });
        this.accepted.push({ item_id, name, rev });
      }
    }
  }

  /** Waits until that many more have been accepted. */
  goOn(count, limit = 30_000) {
    const goal = this.accepted.length + count;
    return until(() => this.accepted.length >= goal || this.isOver, `${count} more changes of ${this.person.user} are accepted`, limit);
  }

  async stop() {
    this.isOver = true;
    await this.ended;
    return this.accepted;
  }
}

/** The last accepted name of each item. */
export function expectedItems(...traffics) {
  const names = new Map();
  for (const { accepted } of traffics) for (const { item_id, name } of accepted) names.set(item_id, name);
  return names;
}

/** Everybody sees the list as the database has it. Returns its items there, by id. */
export async function assertOneList(server, listId, people) {
  const stored = () => items(server).filter((row) => row.list_id === listId && !row.is_deleted).map(({ id, name, rev }) => ({ id, name, rev }));
  const seen = (person) => [...(person.list(listId)?.items.values() ?? [])].map(({ id, name, rev }) => ({ id, name, rev }));
  const text = (rows) => JSON.stringify(rows.sort((a, b) => (a.id < b.id ? -1 : 1)));
  const rows = stored();
  for (const person of people)
    await until(() => text(seen(person)) === text(rows), () => `${person.user} sees what is stored:\n${text(seen(person))}\n${text(rows)}`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Every change of these was told as accepted; none is lost or doubled, and no two had one rev. */
export function assertNothingLost(rows, ...traffics) {
  for (const [item_id, name] of expectedItems(...traffics)) assert.equal(rows.get(item_id)?.name, name, `${item_id} is lost or older`);
  const revs = traffics.flatMap(({ accepted }) => accepted.map(({ rev }) => rev));
  assert.equal(new Set(revs).size, revs.length, 'two changes have one rev');
  for (const { accepted } of traffics)
    for (let n = 1; n < accepted.length; ++n) assert.ok(accepted[n].rev > accepted[n - 1].rev, 'revs fall');
}
