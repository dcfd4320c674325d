// A browser's storage: what is in it survives the closing of the tab, and of the browser.
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Operation } from './operation.js';
import { randomId } from './random_id.js';
import type { Conflict } from './rebase.js';
import type { StoredList } from './replica.js';
import type { StateChanges, Storage, StoredState } from './storage.js';

interface Schema extends DBSchema {
  meta: { key: string; value: string };
  lists: { key: string; value: StoredList };
  /** Each with the run of the program (the tab) that sends it. */
  operations: { key: string; value: { operation: Operation; run: string }; indexes: { run: string } };
  conflicts: { key: string; value: Conflict };
}

/** What is needed of `navigator.locks`: a lock that ends with its tab. */
export type Locks = Pick<LockManager, 'request' | 'query'>;

export interface IndexedDbOptions {
  /** Default: the browser's. Without any, only one tab at a time should use a storage; nothing is done twice even then. */
  locks?: Locks | null;
}

/**
 * A storage of this name, for one user: name it after the user. Several tabs may share one. Each sends its own changes; those of tabs that
 * are gone are taken over by the next that opens.
 */
export class IndexedDbStorage implements Storage {
  private readonly run = randomId();
  private readonly locks: Locks | null;
  private opened: Promise<IDBPDatabase<Schema>> | null = null;
  private releaseRun: () => void = () => undefined;

  constructor(private readonly name: string, { locks }: IndexedDbOptions = {}) {
    this.locks = locks === undefined ? (globalThis.navigator?.locks ?? null) : locks;
  }

  async load(): Promise<StoredState> {
    const db = await this.database();
    await this.holdRun();
    const operations = await this.takeOver(db);
    const [user_id = null, lists, conflicts] = await Promise.all([db.get('meta', 'user_id'), db.getAll('lists'), db.getAll('conflicts')]);
    return { user_id, lists, operations, conflicts };
  }

  async save({ user_id, lists, operations, conflicts }: StateChanges): Promise<void> {
    const db = await this.database();
    const transaction = db.transaction(['meta', 'lists', 'operations', 'conflicts'], 'readwrite', { durability: 'strict' });
    const stores = { meta: transaction.objectStore('meta'), operations: transaction.objectStore('operations'), conflicts: transaction.objectStore('conflicts') };
    const writes: Promise<unknown>[] = [transaction.done];
    if (user_id !== undefined) writes.push(stores.meta.put(user_id, 'user_id'));
    for (const [id, list] of lists) writes.push(putNewer(transaction.objectStore('lists'), id, list));
    for (const [id, operation] of operations) {
      writes.push(operation ? stores.operations.put({ operation, run: this.run }, id) : stores.operations.delete(id));
    }
    for (const [id, conflict] of conflicts) writes.push(conflict ? stores.conflicts.put(conflict, id) : stores.conflicts.delete(id));
    // Requests that are unanswered when the page dies would take the transaction with them; a list waits for an answer itself.
    if (lists.size === 0) transaction.commit();
    await Promise.all(writes);
  }

  async close(): Promise<void> {
    (await this.opened)?.close();
    this.releaseRun();
  }

  /** How many changes wait in the storage of this name to be accepted by the server, those of every tab. */
  static async pendingIn(name: string): Promise<number> {
    const db = await openSchema(name);
    const operations = await db.getAll('operations');
    db.close();
    return operations.filter(({ operation }) => operation.accepted_rev === null).length;
  }

  /** Deletes the storage of this name once nobody has it open. With changes in it that wait it stays, and the answer is false. */
  static async remove(name: string): Promise<boolean> {
    if ((await IndexedDbStorage.pendingIn(name)) > 0) return false;
    await deleteDB(name);
    return true;
  }

  private database(): Promise<IDBPDatabase<Schema>> {
    this.opened ??= openSchema(this.name);
    return this.opened;
  }

  // Held as long as this run lives: who holds no lock is gone.
  private holdRun(): Promise<void> {
    const { locks } = this;
    if (!locks) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const released = new Promise<void>((release) => (this.releaseRun = release));
      locks.request(this.lockOf(this.run), () => {
        resolve();
        return released;
      }).catch(reject);
    });
  }

  private lockOf(run: string): string {
    return `${this.name} ${run}`;
  }

  // The operations of runs that are gone, which are this run's from now on. A run that begins meanwhile, and takes some over itself, is not
  // among those that were there before the locks were looked at.
  private async takeOver(db: IDBPDatabase<Schema>): Promise<Operation[]> {
    const there = new Set((await db.getAll('operations')).map(({ run }) => run));
    const held = new Set((await this.locks?.query())?.held?.map(({ name }) => name));
    const transaction = db.transaction('operations', 'readwrite', { durability: 'strict' });
    const taken: Operation[] = [];
    for (let cursor = await transaction.store.openCursor(); cursor; cursor = await cursor.continue()) {
      const { operation, run } = cursor.value;
      if (!there.has(run) || held.has(this.lockOf(run))) continue;
      await cursor.update({ operation, run: this.run });
      taken.push(operation);
    }
    await transaction.done;
    return taken.sort((a, b) => a.seq - b.seq);
  }
}

function openSchema(name: string): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore('meta');
      db.createObjectStore('lists');
      db.createObjectStore('operations').createIndex('run', 'run');
      db.createObjectStore('conflicts');
    },
  });
}

// Another tab may have written a newer state of the list already.
async function putNewer(
  lists: { get(key: string): Promise<StoredList | undefined>; put(value: StoredList, key: string): Promise<unknown>; delete(key: string): Promise<void> },
  id: string, list: StoredList | null,
): Promise<void> {
  if (!list) return lists.delete(id);
  const present = await lists.get(id);
  if (!present || present.epoch !== list.epoch || present.rev <= list.rev) await lists.put(list, id);
}
