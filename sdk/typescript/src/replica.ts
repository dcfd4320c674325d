// One list as the server has told it: nothing of one's own that is not confirmed. Pure; the transport is elsewhere.
import type {
  Item, ItemAddedEvent, ItemDeletedEvent, ItemUpdatedEvent, ListDeltaEvent, ListSnapshotEvent, ListUpdatedEvent, Member, MembersChangedEvent,
} from './wire.js';

export type Role = ListSnapshotEvent['role'];

/** A place in the history of a list. Revisions compare within one epoch only. */
export interface Position {
  epoch: string;
  rev: number;
}

/** A list as it is stored: a snapshot without the items' keys. */
export type StoredList = Omit<ListSnapshotEvent, 'items'> & { items: Item[] };

/** An event that is one link in the chain of a list's revisions. */
export type ListEvent =
  | { event: 'item_added'; data: ItemAddedEvent }
  | { event: 'item_updated'; data: ItemUpdatedEvent }
  | { event: 'item_deleted'; data: ItemDeletedEvent }
  | { event: 'list_updated'; data: ListUpdatedEvent }
  | { event: 'members_changed'; data: MembersChangedEvent };

/**
 * What became of something that was received: `applied`; `known`, as it is older than what is there; or `gap`: something before it is
 * missing, nothing was changed, and the list must be asked for anew.
 */
export type Outcome = 'applied' | 'known' | 'gap';

export class Replica {
  readonly list_id: string;
  readonly items = new Map<string, Item>();
  name = '';
  role: Role = 'viewer';
  owner_id = '';
  members: Member[] = [];
  position: Position;

  constructor(snapshot: ListSnapshotEvent) {
    this.list_id = snapshot.list_id;
    this.position = { epoch: snapshot.epoch, rev: snapshot.rev };
    this.replace(snapshot);
  }

  static fromStored(stored: StoredList): Replica {
    return new Replica({ ...stored, items: Object.fromEntries(stored.items.map((item) => [item.id, item])) });
  }

  toStored(): StoredList {
    const { list_id, name, role, owner_id, members, position, items } = this;
    return { list_id, list_name: name, role, owner_id, members, ...position, items: [...items.values()] };
  }

  /** Takes a snapshot unless it is older than what is there, within the same epoch. */
  applySnapshot(snapshot: ListSnapshotEvent): Outcome {
    if (snapshot.epoch === this.position.epoch && snapshot.rev < this.position.rev) return 'known';
    this.replace(snapshot);
    return 'applied';
  }

  /** Takes what changed after `base_rev`. A `gap` if that is later than what is there, or of another epoch. */
  applyDelta(delta: ListDeltaEvent): Outcome {
    if (delta.epoch !== this.position.epoch || delta.base_rev > this.position.rev) return 'gap';
    if (delta.rev < this.position.rev) return 'known';
    for (const item of delta.items) this.items.set(item.id, item);
    for (const id of delta.deleted) this.items.delete(id);
    this.name = delta.list_name ?? this.name;
    this.members = delta.members ?? this.members;
    this.owner_id = delta.owner_id ?? this.owner_id;
    this.role = delta.role ?? this.role;
    this.position = { epoch: delta.epoch, rev: delta.rev };
    return 'applied';
  }

  /** Takes one live event. A `gap` if it does not follow what is there. `user_id` is who listens: the role is theirs. */
  applyEvent(live: ListEvent, user_id: string): Outcome {
    const { rev, prev_rev } = live.data;
    if (rev <= this.position.rev) return 'known';
    if (prev_rev !== this.position.rev) return 'gap';
    this.change(live, user_id);
    this.position = { epoch: this.position.epoch, rev };
    return 'applied';
  }

  private change(live: ListEvent, user_id: string): void {
    switch (live.event) {
      case 'item_added':
      case 'item_updated':
        this.items.set(live.data.item.id, live.data.item);
        break;
      case 'item_deleted':
        this.items.delete(live.data.item_id);
        break;
      case 'list_updated':
        this.name = live.data.list_name;
        break;
      case 'members_changed':
        this.members = live.data.members;
        this.owner_id = live.data.owner_id;
        this.role = live.data.members.find((member) => member.user_id === user_id)?.role ?? this.role;
        break;
    }
  }

  private replace(snapshot: ListSnapshotEvent): void {
    this.items.clear();
    for (const item of Object.values(snapshot.items)) this.items.set(item.id, item);
    this.name = snapshot.list_name;
    this.role = snapshot.role;
    this.owner_id = snapshot.owner_id;
    this.members = snapshot.members;
    this.position = { epoch: snapshot.epoch, rev: snapshot.rev };
  }
}
