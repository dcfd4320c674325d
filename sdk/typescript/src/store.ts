// All lists of one user on one device: what the server told, one's own changes over it, and what became of them. Knows no sockets.
import { Emitter } from './emitter.js';
import { effectiveUpdates, fieldsOf } from './item.js';
import { Outbox, type Batch, type BatchLimits, type Refusal, type Verdict } from './outbox.js';
import type { Change, Operation } from './operation.js';
import { inOrder, viewOf, withItemChange, type ListView } from './overlay.js';
import { randomId } from './random_id.js';
import { resolveByField, type Choice, type Conflict, type Resolver } from './rebase.js';
import { Replica, type ListEvent, type Outcome, type Position } from './replica.js';
import { Journal, type Storage } from './storage.js';
import { UndoHistory, type UndoResult } from './undo.js';
import type { Item, ItemUpdates, ListDeltaEvent, ListSnapshotEvent, Reply, UserListsEvent } from './wire.js';

/** A list in an overview. */
export interface ListSummary {
  readonly list_id: string;
  readonly name: string;
  readonly role: ListView['role'];
  readonly owner_id: string;
  readonly item_count: number;
  readonly done_count: number;
}

export interface StoreEvents {
  /** What is to be seen of this list may be different; also when it came or went. */
  list: { list_id: string };
  /** Which lists there are, or what the overview says of them. */
  lists: undefined;
  /** Something waits to be sent. */
  queued: undefined;
  /** The server has made a change of ours, with this revision. */
  accepted: { operation: Operation; rev: number };
  /** The server will not make a change of ours. */
  refused: Refusal;
  /** Two wanted different things; theirs stands and ours is in here. */
  conflict: Conflict;
  /** Conflicts came or went. */
  conflicts: undefined;
  /** Something could not be kept on this device: it is lost if the program ends before it is sent. */
  storage_failed: { error: unknown };
}

export interface StoreOptions {
  storage: Storage;
  /** Makes the ids of operations and, where none is given, of lists and items: a UUID in lower case. */
  newId?: () => string;
  /** Default: `resolveByField`. */
  resolve?: Resolver;
}

/** Between two words about what the server said of lists: a frame or two of a screen. */
const tellingMs = 25;

export class Store extends Emitter<StoreEvents> {
  readonly undoHistory = new UndoHistory();
  private readonly replicas = new Map<string, Replica>();
  private readonly outbox: Outbox;
  private readonly journal: Journal;
  private readonly storage: Storage;
  private readonly views = new Map<string, ListView | null>();
  /** The server's items in order, as they were when the list was looked at last. */
  private readonly ordered = new Map<string, readonly Item[]>();
  private readonly openConflicts = new Map<string, Conflict>();
  private overview: readonly ListSummary[] | null = null;
  private readonly untold = new Set<string>();
  private telling: ReturnType<typeof setInterval> | undefined;
  private step: Change[] | null = null;
  private userId = '';
  readonly newId: () => string;

  constructor({ storage, newId = randomId, resolve = resolveByField }: StoreOptions) {
    super();
    this.storage = storage;
    this.newId = newId;
    this.journal = new Journal(storage, (id) => this.replicas.get(id)?.toStored() ?? null, (error) => this.emit('storage_failed', { error }));
    this.outbox = new Outbox((list_id) => this.replicas.get(list_id), resolve, {
      stored: (op_id, operation) => this.journal.operation(op_id, operation),
      conflict: (conflict) => this.keepConflict(conflict),
      refused: (refusal) => this.emit('refused', refusal),
      accepted: (operation, rev) => this.emit('accepted', { operation, rev }),
    });
  }

  /** Takes over what an earlier run has kept. Call it first. If that cannot be read, it begins empty and says `storage_failed`. */
  async open(): Promise<void> {
    try {
      const { user_id, lists, operations, conflicts } = await this.storage.load();
      this.userId = user_id ?? '';
      for (const list of lists) this.replicas.set(list.list_id, Replica.fromStored(list));
      for (const conflict of conflicts) this.openConflicts.set(conflict.conflict_id, conflict);
      this.outbox.restore(operations);
    } catch (error) {
      this.emit('storage_failed', { error });
    }
    this.overview = null;
    this.emit('lists', undefined);
  }

  /** Resolves when one's own changes so far are kept. */
  written(): Promise<void> {
    return this.journal.written();
  }

  /** Writes everything now, the lists too. */
  flush(): Promise<void> {
    return this.journal.flush();
  }

  /** Writes everything and lets go of the storage. */
  async close(): Promise<void> {
    this.stopTelling();
    await this.journal.flush();
    await this.storage.close();
  }

  // ---- What is there.

  get user_id(): string {
    return this.userId;
  }

  /** The overview, by name. The same object until something in it changes. */
  lists(): readonly ListSummary[] {
    this.overview ??= [...new Set([...this.replicas.keys(), ...this.outbox.listIds()])]
      .map((list_id) => this.list(list_id))
      .filter((view) => view !== null)
      .map(({ list_id, name, role, owner_id, items }) => ({
        list_id, name, role, owner_id, item_count: items.length, done_count: items.filter(({ done }) => done).length,
      }))
      .sort((a, b) => a.name.localeCompare(b.name) || (a.list_id < b.list_id ? -1 : 1));
    return this.overview;
  }

  /** The list as the user is to see it, or null. The same object until something in it changes. */
  list(list_id: string): ListView | null {
    let view = this.views.get(list_id);
    if (view === undefined) {
      const replica = this.replicas.get(list_id);
      const items = replica ? inOrder(replica.items, this.ordered.get(list_id) ?? []) : [];
      this.ordered.set(list_id, items);
      view = viewOf(list_id, replica, items, this.outbox.changesOf(list_id), this.userId);
      this.views.set(list_id, view);
    }
    return view;
  }

  /** The item as the user is to see it. */
  item(list_id: string, item_id: string): Item | undefined {
    return this.list(list_id)?.items.find(({ id }) => id === item_id);
  }

  /** The conflicts that nobody has settled, of one list or of all. */
  conflicts(list_id?: string): Conflict[] {
    return [...this.openConflicts.values()].filter((conflict) => list_id === undefined || conflict.list_id === list_id);
  }

  /** How many changes wait to be accepted by the server. */
  get pendingCount(): number {
    return this.outbox.size;
  }

  /** Ids of the operations of a list that wait to be accepted. */
  pendingIds(list_id: string): Set<string> {
    return new Set(this.outbox.waiting(list_id).map(({ op_id }) => op_id));
  }

  /** What to tell the server that is known here. */
  positions(): Record<string, Position> {
    return Object.fromEntries([...this.replicas].map(([list_id, { position }]) => [list_id, { ...position }]));
  }

  position(list_id: string): Position | undefined {
    return this.replicas.get(list_id)?.position;
  }

  // ---- What the user does.

  /** Makes a change: it is to be seen at once, kept, and sent when that is possible. */
  make(change: Change): void {
    this.enqueue(change);
    if (this.step) this.step.push(change);
    else this.undoHistory.record([change]);
  }

  /** Makes everything that `change` makes one step of undo. */
  asOneStep<T>(change: () => T): T {
    if (this.step) return change();
    this.step = [];
    try {
      return change();
    } finally {
      const step = this.step;
      this.step = null;
      this.undoHistory.record(step);
    }
  }

  undo(): UndoResult {
    return this.undoHistory.undo((list_id) => this.list(list_id), (change) => this.enqueue(change));
  }

  redo(): UndoResult {
    return this.undoHistory.redo((list_id) => this.list(list_id), (change) => this.enqueue(change));
  }

  /** Settles a conflict. `mine` makes the change again, on what is there now; a deleted item is restored first. */
  settleConflict(conflict_id: string, choice: Choice): void {
    const conflict = this.openConflicts.get(conflict_id);
    if (!conflict) return;
    this.dropConflict(conflict_id);
    if (choice === 'mine') this.asOneStep(() => this.makeMine(conflict));
  }

  private makeMine({ list_id, item_id, field, base, mine }: Conflict): void {
    const view = this.list(list_id);
    if (!view) return;
    if (item_id === null) {
      if (mine?.name !== undefined) this.make({ event: 'update_list', list_id, name: mine.name, base: view.name });
      return;
    }
    const item = this.item(list_id, item_id);
    if (field === 'existence' && mine === null) {
      if (item) this.make({ event: 'delete_item', list_id, item_id, item });
    } else if (item && mine) {
      const updates = effectiveUpdates(item, mine);
      this.make({ event: 'update_item', list_id, item_id, updates, base: pickLike(fieldsOf(item), updates) });
    } else if (mine) {
      this.restoreWith(list_id, item_id, base ?? {}, mine);
    }
  }

  // What the item was like is not known here; the server knows it, and the update waits until it has told.
  private restoreWith(list_id: string, item_id: string, base: ItemUpdates, mine: ItemUpdates): void {
    const at = new Date().toISOString();
    const item: Item = {
      id: item_id, list_id, name: '…', description: null, status: 'not_started', done: false, due_date: null, media_url: null, position: 'a0',
      is_deleted: false, rev: 0, created_at: at, updated_at: at, created_by: this.userId, updated_by: this.userId, ...base, ...mine,
    };
    this.make({ event: 'restore_item', list_id, item_id, item });
    this.make({ event: 'update_item', list_id, item_id, updates: mine, base });
  }

  private enqueue(change: Change): void {
    const view = this.views.get(change.list_id);
    this.outbox.add(change, this.newId());
    for (const conflict of this.conflicts(change.list_id)) {
      if (isAnsweredBy(conflict, change)) this.dropConflict(conflict.conflict_id);
    }
    this.changed(change.list_id, view && 'item_id' in change ? withItemChange(view, change) : undefined);
    this.emit('queued', undefined);
  }

  // ---- What the server says.

  /** The server has told who this is. False if what is kept here is somebody else's: then nothing may be sent or received. */
  setUser(user_id: string): boolean {
    if (this.userId !== '' && user_id !== this.userId) return false;
    if (this.userId === '') this.journal.user(user_id);
    this.userId = user_id;
    return true;
  }

  receiveSnapshot(snapshot: ListSnapshotEvent): void {
    const replica = this.replicas.get(snapshot.list_id);
    if (replica) replica.applySnapshot(snapshot);
    else this.replicas.set(snapshot.list_id, new Replica(snapshot));
    this.received(snapshot.list_id);
  }

  receiveDelta(delta: ListDeltaEvent): Outcome {
    const outcome = this.replicas.get(delta.list_id)?.applyDelta(delta) ?? 'gap';
    if (outcome === 'applied') this.received(delta.list_id);
    return outcome;
  }

  /** Takes a live event. With a `gap`, the list must be asked for with `join_list`. */
  receiveEvent(live: ListEvent): Outcome {
    const replica = this.replicas.get(live.data.list_id);
    if (!replica) return 'gap';
    const outcome = replica.applyEvent(live, this.userId);
    if (outcome === 'gap') return outcome;
    const op_id = 'op_id' in live.data ? live.data.op_id : null;
    if (op_id) this.outbox.confirm(op_id, live.data.rev);
    if (outcome === 'applied' || op_id) this.received(live.data.list_id);
    return outcome;
  }

  /** The list is no longer this user's. */
  receiveLoss(list_id: string): void {
    if (!this.replicas.delete(list_id)) return;
    this.ordered.delete(list_id);
    this.received(list_id);
  }

  /** Lets go of the lists that are not named. */
  receiveUserLists({ lists }: UserListsEvent): void {
    const named = new Set(lists.map(({ list_id }) => list_id));
    for (const list_id of [...this.replicas.keys()]) if (!named.has(list_id)) this.receiveLoss(list_id);
  }

  private received(list_id: string): void {
    this.outbox.settleAccepted(list_id);
    this.journal.list(list_id);
    this.forgetView(list_id);
    this.tellSoon(list_id);
  }

  // ---- What is to be sent.

  /** The next batch, or null. It is kept before the promise resolves: what may have been sent is known to an heir of this storage. */
  async takeBatch(limits: BatchLimits): Promise<Batch | null> {
    const [before, lists] = [this.outbox.size, this.outbox.listIds()];
    const batch = this.outbox.take(limits);
    if (this.outbox.size !== before) for (const list_id of lists) this.changed(list_id);
    await this.journal.written();
    return batch;
  }

  /** Takes the answers to a batch, in its order. What is the most that has to be waited for before more can be sent. */
  settleBatch(batch: Batch, replies: readonly Reply[]): Verdict {
    const verdicts = batch.operations.map(({ op_id }, at): Verdict => {
      const reply = replies[at];
      return reply ? this.outbox.settle(op_id, reply) : 'later';
    });
    for (const list_id of new Set(batch.operations.map(({ change }) => change.list_id))) this.changed(list_id);
    const order: Verdict[] = ['with a new token', 'later', 'again'];
    return order.find((verdict) => verdicts.includes(verdict)) ?? 'done';
  }

  // ---- Inside.

  private keepConflict(conflict: Conflict): void {
    const earlier = this.openConflicts.get(conflict.conflict_id);
    const kept = earlier ? { ...conflict, base: earlier.base } : conflict;
    this.openConflicts.set(kept.conflict_id, kept);
    this.journal.conflict(kept.conflict_id, kept);
    this.emit('conflict', kept);
    this.emit('conflicts', undefined);
    this.changed(kept.list_id);
  }

  private dropConflict(conflict_id: string): void {
    if (!this.openConflicts.delete(conflict_id)) return;
    this.journal.conflict(conflict_id, null);
    this.emit('conflicts', undefined);
  }

  // `view` is what is to be seen from now on, if that is known already.
  private changed(list_id: string, view?: ListView): void {
    this.forgetView(list_id);
    if (view) this.views.set(list_id, view);
    this.untold.delete(list_id);
    this.tell([list_id]);
  }

  private forgetView(list_id: string): void {
    this.views.delete(list_id);
    this.overview = null;
  }

  // What the server says comes in bursts, and whoever is told of a list looks at all of it: the first is told at once, then one per interval.
  private tellSoon(list_id: string): void {
    this.untold.add(list_id);
    if (this.telling !== undefined) return;
    this.tellUntold();
    this.telling = setInterval(() => this.tellUntold(), tellingMs);
  }

  private tellUntold(): void {
    if (this.untold.size === 0) this.stopTelling();
    const lists = [...this.untold];
    this.untold.clear();
    if (lists.length > 0) this.tell(lists);
  }

  private stopTelling(): void {
    clearInterval(this.telling);
    this.telling = undefined;
  }

  private tell(lists: readonly string[]): void {
    for (const list_id of lists) this.emit('list', { list_id });
    this.emit('lists', undefined);
  }
}

// The user has decided by writing the field anew.
function isAnsweredBy(conflict: Conflict, change: Change): boolean {
  if (change.event === 'update_list') return conflict.field === 'list_name';
  if (!('item_id' in change) || change.item_id !== conflict.item_id) return false;
  return change.event === 'update_item' ? conflict.field in change.updates : change.event === 'delete_item';
}

function pickLike<T extends object>(values: T, like: object): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key in like)) as Partial<T>;
}

