// A list as a client knows it, by events alone. With each of them it checks order, exactly-once and isolation.
import assert from 'node:assert/strict';

/** What one client believes, from what it was sent. */
export class Copy {
  lists = new Map();

  constructor(user) {
    this.user = user;
  }

  /** Every list as it is known here: { rev, epoch, name, items, members }. */
  apply({ event, data }) {
    switch (event) {
      case 'list_snapshot': return this.snapshot(data);
      case 'list_created':
      case 'list_shared_with_you': return this.snapshot(data.list);
      case 'user_lists': return this.keepOnly(data.lists.map((list) => list.list_id));
      case 'list_delta': return this.delta(data);
      case 'item_added':
      case 'item_updated': return this.follow(data, (list) => list.items.set(data.item.id, data.item));
      case 'item_deleted': return this.follow(data, (list) => list.items.delete(data.item_id));
      case 'list_updated': return this.follow(data, (list) => (list.name = data.list_name));
      case 'members_changed': return this.follow(data, (list) => (list.members = data.members));
      case 'list_deleted': return this.lose(data);
      default: return undefined;
    }
  }

  snapshot(data) {
    const known = this.lists.get(data.list_id);
    assert.ok(!known || data.rev >= known.rev || data.epoch !== known.epoch, `${this.user}: a snapshot at ${data.rev} after ${known?.rev}`);
    this.lists.set(data.list_id, {
      rev: data.rev, epoch: data.epoch, name: data.list_name, items: new Map(Object.entries(data.items)), members: data.members,
    });
  }

  delta(data) {
    const list = this.lists.get(data.list_id);
    assert.ok(list, `${this.user}: a delta of a list that is not known here`);
    assert.equal(data.base_rev, list.rev, `${this.user}: a delta from another rev`);
    for (const item of data.items) list.items.set(item.id, item);
    for (const id of data.deleted) list.items.delete(id);
    if (data.list_name !== undefined) list.name = data.list_name;
    if (data.members !== undefined) list.members = data.members;
    list.rev = data.rev;
  }

  follow(data, change) {
    const list = this.lists.get(data.list_id);
    assert.ok(list, `${this.user} hears of a list that is not his: ${JSON.stringify(data).slice(0, 300)}`);
    assert.equal(data.prev_rev, list.rev, `${this.user}: an event is missing, twice, or out of order`);
    assert.ok(data.rev > list.rev);
    change(list);
    list.rev = data.rev;
  }

  lose(data) {
    assert.ok(this.lists.delete(data.list_id), `${this.user} loses a list that is not his`);
  }

  keepOnly(ids) {
    for (const id of this.lists.keys()) if (!ids.includes(id)) this.lists.delete(id);
    for (const id of ids) assert.ok(this.lists.has(id), `${this.user}: user_lists names a list that was not sent`);
  }

  /** To compare: everything, in one form. */
  plain(list_id) {
    const { rev, name, items, members } = this.lists.get(list_id);
    return { rev, name, items: Object.fromEntries([...items].sort(([a], [b]) => (a < b ? -1 : 1))), members };
  }
}
