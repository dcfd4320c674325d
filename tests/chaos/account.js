// A history in order: what each socket saw, what became of each operation, which changes there were, and how each list was at each rev.
// Pure; what is found to be wrong on the way (invariants 3 and 4, which are about following along) is kept for the checker.
import { itemOf, membersOf, ofSnapshot, plain } from './tiers.js';

const changesOfItems = new Set(['item_added', 'item_updated', 'item_deleted']);
const changeEvents = new Set([...changesOfItems, 'list_updated', 'members_changed']);

/** What one device has by what it was sent. */
class Copy {
  lists = new Map();  // list_id -> { rev, epoch, state }
}

export class Account {
  round = {};
  sockets = new Map();     // id -> { id, user, device, server, lists: its copy's, closedAt }
  operations = new Map();  // "user op_id" -> { user, op_id, event, data, attempts: [{ sentAt, repliedAt, reply, socket }] }
  joins = [];              // { socket, user, sentAt, repliedAt, lists }
  changes = new Map();     // list_id -> Map(rev -> { rev, prev_rev, op_id, user_id, told: Map(event -> { text, data }) , seenAt })
  sightings = [];          // a list as somebody had it at a rev: { list_id, rev, state, who, user }
  states = new Map();      // list_id -> Map(rev -> state)
  heard = [];              // { at, socket, user, event, list_id, rev, data }: events of changes and whole lists
  faults = [];
  crashes = [];
  counted = [];
  stored = [];
  fresh = [];              // { server, user, socket }
  online = [];
  found = [];              // { invariant, text }
  last = {};               // the last record of each of: quiet, l2, l3, watchers, replayed

  #calls = new Map();
  #copies = new Map();

  constructor(records) {
    records.forEach((record, at) => this.#take(record, at));
    this.#makeStates();
  }

  blame(invariant, text) {
    this.found.push({ invariant, text });
  }

  changesOf(list_id) {
    return this.changes.get(list_id) ?? new Map();
  }

  stateAt(list_id, rev) {
    return this.states.get(list_id)?.get(rev);
  }

  /** The era of each list whose first rev it is: the greatest that is not above the rev. */
  get listIds() {
    return [...new Set([...this.changes.keys(), ...this.sightings.map((one) => one.list_id)])];
  }

  #take(record, at) {
    switch (record.type) {
      case 'round': this.round = record; break;
      case 'open': this.sockets.set(record.socket, { ...record, id: record.socket, openedAt: at, entered: new Set() }); break;
      case 'sent': this.#sent(record, at); break;
      case 'reply': this.#replied(record, at); break;
      case 'got': this.#got(record, at); break;
      case 'closed': this.#closed(record, at); break;
      case 'fault': this.faults.push({ ...record, index: at }); break;
      case 'crash': this.crashes.push(record); break;
      case 'counted': this.counted.push(record); break;
      case 'stored': this.stored.push(record); break;
      case 'l1': this.fresh.push(record); break;
      case 'online': this.online.push(record); break;
      default: this.last[record.type] = record;
    }
  }

  // -------------------------------------------------------------------------------------------- asked and answered

  #sent({ socket, call, event, data }, at) {
    const { user, device } = this.sockets.get(socket);
    if (event === 'join') {
      const join = { socket, user, sentAt: at, repliedAt: null, lists: null };
      this.joins.push(join);
      this.#calls.set(call, { join });
      this.#keepKnown(device, socket, data.known ?? {});
    }
    if (!data?.op_id) return;
    const key = `${user} ${data.op_id}`;
    if (!this.operations.has(key)) this.operations.set(key, { user, op_id: data.op_id, event, data, attempts: [] });
    const attempt = { sentAt: at, repliedAt: null, time: null, reply: null, socket };
    this.operations.get(key).attempts.push(attempt);
    this.#calls.set(call, { attempt });
  }

  #replied({ call, reply, at: time }, at) {
    const { attempt, join } = this.#calls.get(call) ?? {};
    if (attempt) Object.assign(attempt, { repliedAt: at, time, reply });
    if (join) Object.assign(join, { repliedAt: at, isGood: reply.ok });
  }

  // ------------------------------------------------------------------------------------------------- following along

  #copyOf(socket) {
    const { device } = this.sockets.get(socket);
    if (!this.#copies.has(device)) this.#copies.set(device, new Copy());
    return this.#copies.get(device);
  }

  #keepKnown(device, socket, known) {
    const copy = this.#copyOf(socket);
    for (const [id, list] of copy.lists) if (known[id]?.rev !== list.rev) copy.lists.delete(id);
  }

  #got({ socket, event, data, at: time }, at) {
    this.now = time;
    const line = this.sockets.get(socket);
    const copy = this.#copyOf(socket);
    const who = `${line.device} at ${line.server} (socket ${socket})`;
    switch (event) {
      case 'list_snapshot': return this.#whole(line, copy, who, event, data, at);
      case 'list_created':
      case 'list_shared_with_you': return this.#whole(line, copy, who, event, data.list, at);
      case 'list_delta': return this.#delta(line, copy, who, data, at);
      case 'list_deleted': return this.#lost(line, copy, who, data, at);
      case 'user_lists': return this.#named(line, copy, who, data, at);
      default: return changeEvents.has(event) ? this.#change(line, copy, who, event, data, at) : undefined;
    }
  }

  #see(list_id, rev, state, line, who, at, how) {
    this.sightings.push({ list_id, rev, state, user: line.user, who, at, how });
  }

  #whole(line, copy, who, event, data, at) {
    const list_id = data.list_id ?? data.id;
    const known = copy.lists.get(list_id);
    const state = ofSnapshot(data);
    // Another server may be behind the one that the device was at before, or cut off: it tells what it has.
    const isFirst = !line.entered.has(list_id);
    line.entered.add(list_id);
    if (!isFirst && known && known.epoch === data.epoch && data.rev < known.rev) {
      this.blame(3, `${who} got ${event} of ${list_id} at ${data.rev} when it had ${known.rev} of the same epoch`);
    }
    if (!isFirst && known && Number(data.epoch) < Number(known.epoch)) {
      this.blame(7, `${who} got ${event} of ${list_id} of the epoch ${data.epoch} after one of ${known.epoch}`);
    }
    copy.lists.set(list_id, { rev: data.rev, epoch: data.epoch, state });
    this.heard.push({ at, line, who, event, list_id, rev: data.rev, data });
    this.#see(list_id, data.rev, state, line, who, at, event);
    if (data.role && state.members[line.user] !== data.role) {
      this.blame(12, `${who} got ${event} of ${list_id} as ${data.role}, and is ${state.members[line.user] ?? 'no member'} in it`);
    }
  }

  #delta(line, copy, who, data, at) {
    line.entered.add(data.list_id);
    const known = copy.lists.get(data.list_id);
    if (!known) return this.blame(3, `${who} got a delta of ${data.list_id}, which it does not have`);
    // Who asks for a delta may hear of changes before it comes; it has them, too.
    if (data.base_rev > known.rev || data.rev < known.rev || data.epoch !== known.epoch) {
      this.blame(3, `${who} has ${data.list_id} at ${known.epoch} ${known.rev} and got a delta of ${data.epoch} from ${data.base_rev} to ${data.rev}`);
    }
    const items = { ...known.state.items };
    for (const item of data.items) items[item.id] = itemOf(item);
    for (const id of data.deleted) delete items[id];
    const state = { ...known.state, rev: data.rev, items };
    if (data.list_name !== undefined) state.name = data.list_name;
    if (data.owner_id !== undefined) state.owner_id = data.owner_id;
    if (data.members !== undefined) state.members = membersOf(data.members);
    copy.lists.set(data.list_id, { rev: data.rev, epoch: data.epoch, state });
    this.heard.push({ at, line, who, event: 'list_delta', list_id: data.list_id, rev: data.rev, data });
    return this.#see(data.list_id, data.rev, state, line, who, at, 'list_delta');
  }

  #lost(line, copy, who, data, at) {
    const known = copy.lists.get(data.list_id);
    this.heard.push({ at, line, who, event: 'list_deleted', list_id: data.list_id, rev: data.rev, data, hadIt: known !== undefined });
    copy.lists.delete(data.list_id);
  }

  #named(line, copy, who, data, at) {
    const ids = data.lists.map((list) => list.list_id);
    for (const id of copy.lists.keys()) if (!ids.includes(id)) copy.lists.delete(id);
    for (const id of ids) if (!copy.lists.has(id)) this.blame(4, `${who}: user_lists names ${id}, which was not sent before`);
    const join = this.joins.findLast((one) => one.socket === line.id);
    if (join) Object.assign(join, { lists: ids, namedAt: at });
  }

  #change(line, copy, who, event, data, at) {
    const { list_id, rev, prev_rev } = data;
    this.#noteChange(event, data, at);
    this.heard.push({ at, line, who, event, list_id, rev, data });
    line.entered.add(list_id);
    const known = copy.lists.get(list_id);
    if (!known) return this.blame(12, `${who} heard ${event} ${rev} of ${list_id}, which it does not have`);
    if (rev <= known.rev) return this.blame(3, `${who} heard ${event} ${rev} of ${list_id} when it had ${known.rev}: twice, or out of order`);
    if (prev_rev !== known.rev) this.blame(3, `${who} had ${list_id} at ${known.rev} and heard ${event} ${rev} after ${prev_rev}: a hole`);
    if (rev < Number(known.epoch)) this.blame(7, `${who} heard ${event} ${rev} of ${list_id} in the epoch ${known.epoch}`);
    known.state = after(known.state, event, data);
    known.rev = rev;
    return undefined;
  }

  #closed({ socket }, at) {
    const line = this.sockets.get(socket);
    line.closedAt = at;
    const copy = this.#copyOf(socket);
    for (const [list_id, { rev, state }] of copy.lists) this.#see(list_id, rev, state, line, `${line.device} at the end of socket ${socket}`, at, 'copy');
    line.lists = new Map([...copy.lists].map(([id, list]) => [id, { ...list }]));
  }

  // ------------------------------------------------------------------------------------------------------- changes

  #noteChange(event, data, at) {
    const { list_id, rev, prev_rev } = data;
    if (!this.changes.has(list_id)) this.changes.set(list_id, new Map());
    const changes = this.changes.get(list_id);
    if (!changes.has(rev)) changes.set(rev, { rev, prev_rev, told: new Map(), seenAt: at, time: this.now });
    const change = changes.get(rev);
    const text = plain(data);
    const before = change.told.get(event);
    if (before && before.text !== text) this.blame(2, `${list_id} ${rev} was told as two changes: ${before.text.slice(0, 300)} and ${text.slice(0, 300)}`);
    if (!before) change.told.set(event, { text, data });
    if (change.prev_rev !== prev_rev) this.blame(2, `${list_id} ${rev} follows both ${change.prev_rev} and ${prev_rev}`);
    change.op_id ??= data.op_id;
    change.user_id ??= data.user_id;
  }

  // Each list at each rev, as far as there are a whole list and an unbroken chain of changes from it on. Whoever has it otherwise at that
  // rev contradicts somebody.
  #makeStates() {
    const first = new Map();
    for (const sighting of this.sightings) {
      const key = `${sighting.list_id} ${sighting.rev}`;
      if (!first.has(key)) first.set(key, sighting);
    }
    for (const list_id of this.listIds) {
      const states = new Map();
      this.states.set(list_id, states);
      const revs = new Set([...this.changesOf(list_id).keys()]);
      for (const sighting of first.values()) if (sighting.list_id === list_id) revs.add(sighting.rev);
      for (const rev of [...revs].sort((a, b) => a - b)) {
        const change = this.changesOf(list_id).get(rev);
        const before = change && states.get(change.prev_rev);
        const seen = first.get(`${list_id} ${rev}`);
        if (before) states.set(rev, [...change.told].reduce((state, [event, { data }]) => after(state, event, data), before));
        else if (seen) states.set(rev, seen.state);
      }
    }
  }
}

/** A list after a change. */
function after(state, event, data) {
  switch (event) {
    case 'item_added':
    case 'item_updated': return { ...state, rev: data.rev, items: { ...state.items, [data.item.id]: itemOf(data.item) } };
    case 'item_deleted': {
      const items = { ...state.items };
      delete items[data.item_id];
      return { ...state, rev: data.rev, items };
    }
    case 'list_updated': return { ...state, rev: data.rev, name: data.list_name, owner_id: data.owner_id };
    case 'members_changed': return { ...state, rev: data.rev, owner_id: data.owner_id, members: membersOf(data.members) };
    default: return state;
  }
}
