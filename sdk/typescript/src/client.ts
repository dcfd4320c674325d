// What an application holds: one user's lists on one device.
import type { BackoffOptions } from './backoff.js';
import { Connection, type EndReason } from './connection.js';
import { Emitter } from './emitter.js';
import { effectiveUpdates, valuesOf } from './item.js';
import type { ListView } from './overlay.js';
import { positionBetween } from './position.js';
import { PresenceTracker, type Activity } from './presence.js';
import type { Choice, Conflict, Resolver } from './rebase.js';
import { Requests } from './requests.js';
import { Sharing } from './sharing.js';
import { MemoryStorage, type Storage } from './storage.js';
import { Store, type ListSummary, type StoreEvents } from './store.js';
import { Sync } from './sync.js';
import type { TokenSource } from './token.js';
import type { UndoResult } from './undo.js';
import type { Item, ItemUpdates, Presence, Trash } from './wire.js';

/**
 * `live`: everything is here and others' changes arrive. `connecting`: a connection is on its way, or was lost. `ended`: it will not come
 * back by itself, see `reason`; changes are kept. `offline`: `start` was not called.
 */
export interface Status {
  readonly state: 'offline' | 'connecting' | 'live' | 'ended';
  readonly reason?: EndReason;
}

export interface ClientEvents extends StoreEvents {
  status: Status;
  /** How many changes wait to be accepted by the server. */
  pending: number;
  presence: { list_id: string };
  /** Somebody has just shared a list with this user, who did not have it. */
  shared: { list_id: string };
}

export interface ClientOptions {
  /** Where the server is: `https://todo.example`. */
  url: string;
  /** A token, or what gives one; see TokenSource. */
  token: string | TokenSource;
  /** One for each user. Default: in memory, gone with the program. */
  storage?: Storage;
  /** Decides conflicts as they arise. Default: `resolveByField`. */
  resolve?: Resolver;
  /** Waits between attempts to connect. Default: from 0.5 s up to 15 s, with jitter. */
  reconnect?: BackoffOptions;
  /** Default: WebSocket, else HTTP long-polling. */
  transports?: ('websocket' | 'polling')[];
  /** An answer that takes longer means that the connection is dead. Default: 15,000 ms. */
  answerMs?: number;
  /** For tests: makes the ids of operations, lists and items. */
  newId?: () => string;
}

/** Where an item goes: behind another one, or null for the beginning. */
export interface Place {
  after: string | null;
}

/** The fields of a new item. */
export type NewItem = Omit<ItemUpdates, 'name' | 'position'> & { name: string };

export class Client extends Emitter<ClientEvents> {
  /** Members, links and ownership; needs a connection. */
  readonly sharing: Sharing;
  private readonly store: Store;
  private readonly connection: Connection;
  private readonly sync: Sync;
  private readonly tracker: PresenceTracker;
  private readonly requests: Requests;
  private readonly opened: Promise<void>;
  private readonly forget: () => void;
  private present: Status = { state: 'offline' };
  private lastPending = 0;

  constructor({ url, token, storage = new MemoryStorage(), answerMs = 15_000, resolve, newId, reconnect, transports }: ClientOptions) {
    super();
    const source = typeof token === 'string' ? () => token : token;
    this.store = new Store({ storage, ...(resolve && { resolve }), ...(newId && { newId }) });
    this.connection = new Connection({ url, token: source, ...(reconnect && { reconnect }), ...(transports && { transports }) });
    this.sync = new Sync(this.connection, this.store, { answerMs });
    this.tracker = new PresenceTracker(this.connection);
    this.requests = new Requests(this.connection, this.sync, this.store, answerMs);
    this.sharing = new Sharing(this.requests, this.store.newId);
    this.relay();
    this.forget = this.listenToPage();
    this.opened = this.store.open();
  }

  // ---- The connection.

  /**
   * Shows what was kept and connects. Resolves as soon as what an earlier run has kept is there: with no network, too.
   */
  async start(): Promise<void> {
    await this.opened;
    this.setStatus({ state: 'connecting' });
    this.connection.open();
  }

  /** Disconnects and writes everything. What has not been sent is in the storage, for the next run. */
  async close(): Promise<void> {
    this.forget();
    this.connection.close();
    await this.opened;
    await this.store.close();
  }

  get status(): Status {
    return this.present;
  }

  /** Who is signed in; empty until it is known. */
  get user_id(): string {
    return this.store.user_id;
  }

  /** How many changes wait to be accepted by the server. */
  get pendingCount(): number {
    return this.store.pendingCount;
  }

  /** Resolves when the server has accepted or refused every change, and everything it has is here. Rejects after `withinMs`, or if it ended. */
  settled(withinMs = 30_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const stops: (() => void)[] = [];
      const end = (finish: () => void) => {
        clearTimeout(timer);
        for (const stop of stops) stop();
        finish();
      };
      const timer = setTimeout(() => end(() => reject(new Error(`${this.pendingCount} changes are still waiting after ${withinMs} ms`))), withinMs);
      const look = () => {
        if (this.present.state === 'live' && this.pendingCount === 0) end(resolve);
        if (this.present.state === 'ended') end(() => reject(new Error(`the connection ended: ${this.present.reason}`)));
      };
      stops.push(this.on('status', look), this.on('pending', look));
      look();
    });
  }

  // ---- What there is. Every answer is the same object until something in it changes.

  /** All lists, by name. */
  lists(): readonly ListSummary[] {
    return this.store.lists();
  }

  /** A list with its items in order, one's own changes included; null if there is none. */
  list(list_id: string): ListView | null {
    return this.store.list(list_id);
  }

  /** An item of a list, or undefined. */
  item(list_id: string, item_id: string): Item | undefined {
    return this.store.item(list_id, item_id);
  }

  /** The conflicts that wait for somebody, of one list or of all. */
  conflicts(list_id?: string): Conflict[] {
    return this.store.conflicts(list_id);
  }

  /** Deleted items of a list, or without an id the user's deleted lists. Needs a connection; throws a RequestError. */
  trash(list_id?: string): Promise<Trash> {
    return this.requests.send('get_trash', list_id === undefined ? {} : { list_id });
  }

  // ---- Changes. They are to be seen when the call returns, and reach the server when they can. What cannot be is told by `refused`.

  /** A new list; its id. */
  createList(name: string): string {
    const list_id = this.store.newId();
    this.store.make({ event: 'create_list', list_id, name: name.trim() });
    return list_id;
  }

  renameList(list_id: string, name: string): void {
    const { name: base } = this.mustHaveList(list_id);
    if (name.trim() !== base) this.store.make({ event: 'update_list', list_id, name: name.trim(), base });
  }

  /** Owners only. It can be restored for 30 days. */
  deleteList(list_id: string): void {
    this.mustHaveList(list_id);
    this.store.make({ event: 'delete_list', list_id });
  }

  /** Brings a list back that is in the trash. It is there again when the server has answered. */
  restoreList(list_id: string): void {
    this.store.make({ event: 'restore_list', list_id });
  }

  /** Leaves a list of somebody else. */
  leaveList(list_id: string): void {
    this.mustHaveList(list_id);
    this.store.make({ event: 'leave_list', list_id });
  }

  /** A new item at its place, by default at the end; its id. Throws if there is no such list here. */
  addItem(list_id: string, fields: NewItem, place?: Place): string {
    const item_id = this.store.newId();
    const at = new Date().toISOString();
    const { user_id } = this.store;
    const blank: Item = {
      id: item_id, list_id, name: '', description: null, status: 'not_started', done: false, due_date: null, media_url: null,
      position: this.positionAt(list_id, place), is_deleted: false, rev: 0, created_at: at, updated_at: at, created_by: user_id, updated_by: user_id,
    };
    this.store.make({ event: 'add_item', list_id, item_id, item: { ...blank, ...effectiveUpdates(blank, fields) } });
    return item_id;
  }

  /** Writes fields of an item; null clears `description`, `due_date` and `media_url`. Throws if there is no such item here. */
  updateItem(list_id: string, item_id: string, wanted: ItemUpdates): void {
    const item = this.mustHaveItem(list_id, item_id);
    const updates = effectiveUpdates(item, wanted);
    if (Object.keys(updates).length === 0) return;
    this.store.make({ event: 'update_item', list_id, item_id, updates, base: valuesOf(item, updates) });
  }

  /** Puts an item to another place of its list. */
  moveItem(list_id: string, item_id: string, place: Place): void {
    this.mustHaveItem(list_id, item_id);
    this.updateItem(list_id, item_id, { position: this.positionAt(list_id, place, item_id) });
  }

  deleteItem(list_id: string, item_id: string): void {
    this.store.make({ event: 'delete_item', list_id, item_id, item: this.mustHaveItem(list_id, item_id) });
  }

  /** Brings an item back that `trash` told of. */
  restoreItem(item: Item): void {
    this.store.make({ event: 'restore_item', list_id: item.list_id, item_id: item.id, item: { ...item, is_deleted: false } });
  }

  /** Everything that `change` does is undone and redone as one step. */
  asOneStep<T>(change: () => T): T {
    return this.store.asOneStep(change);
  }

  /** Takes the user's last step of this run back, as far as nobody has changed since what it did. */
  undo(): UndoResult {
    return this.store.undo();
  }

  /** Makes the step again that was taken back last. */
  redo(): UndoResult {
    return this.store.redo();
  }

  get canUndo(): boolean {
    return this.store.undoHistory.canUndo;
  }

  get canRedo(): boolean {
    return this.store.undoHistory.canRedo;
  }

  /** Settles a conflict: `theirs` leaves things as they are, `mine` makes one's own change after all, on what is there now. */
  settleConflict(conflict_id: string, choice: Choice): void {
    this.store.settleConflict(conflict_id, choice);
  }

  // ---- Presence.

  /** Tells the members of a list what this user does there; null: nothing any more. */
  tellPresence(list_id: string, activity: Activity | null): void {
    this.tracker.tell(list_id, activity);
  }

  /** Who is in a list now. */
  presence(list_id: string): readonly Presence[] {
    return this.tracker.of(list_id);
  }

  // ---- Inside.

  private relay(): void {
    const names = ['list', 'lists', 'queued', 'accepted', 'refused', 'conflict', 'conflicts', 'storage_failed'] as const;
    for (const name of names) this.store.on(name, (data) => this.emit(name, data as never));
    this.store.on('lists', () => this.tellPending());
    this.tracker.on('presence', (data) => this.emit('presence', data));
    this.sync.on('shared', (data) => this.emit('shared', data));
    this.sync.on('live', (isLive) => {
      if (isLive) this.tracker.tellAll();
      if (isLive || this.present.state === 'live') this.setStatus({ state: isLive ? 'live' : 'connecting' });
    });
    this.connection.on('ended', ({ reason }) => this.setStatus({ state: 'ended', reason }));
  }

  private tellPending(): void {
    const { pendingCount } = this.store;
    if (pendingCount === this.lastPending) return;
    this.lastPending = pendingCount;
    this.emit('pending', pendingCount);
  }

  private setStatus(status: Status): void {
    if (status.state === this.present.state && status.reason === this.present.reason) return;
    this.present = status;
    this.emit('status', status);
  }

  // In a browser: back as soon as the network is, and nothing lost with the page.
  private listenToPage(): () => void {
    if (typeof globalThis.addEventListener !== 'function') return () => undefined;
    const online = () => this.connection.hurry();
    const hide = () => void this.store.flush();
    globalThis.addEventListener('online', online);
    globalThis.addEventListener('pagehide', hide);
    return () => {
      globalThis.removeEventListener('online', online);
      globalThis.removeEventListener('pagehide', hide);
    };
  }

  private positionAt(list_id: string, place?: Place, moved?: string): string {
    const items = this.mustHaveList(list_id).items.filter(({ id }) => id !== moved);
    const before = place === undefined ? items.length - 1 : items.findIndex(({ id }) => id === place.after);
    return positionBetween(items[before]?.position ?? null, items[before + 1]?.position ?? null);
  }

  private mustHaveList(list_id: string): ListView {
    const list = this.store.list(list_id);
    if (!list) throw new Error(`There is no list ${list_id} here`);
    return list;
  }

  private mustHaveItem(list_id: string, item_id: string): Item {
    const item = this.store.item(list_id, item_id);
    if (!item) throw new Error(`There is no item ${item_id} in the list ${list_id}`);
    return item;
  }
}

/** A client that has started: what an earlier run has kept is there, and it connects. Wait for `settled()` to have what the server has. */
export async function connect(options: ClientOptions): Promise<Client> {
  const client = new Client(options);
  await client.start();
  return client;
}
