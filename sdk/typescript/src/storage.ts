// Where a client keeps what must survive it, and when it is written.
import type { Operation } from './operation.js';
import type { Conflict } from './rebase.js';
import type { StoredList } from './replica.js';

/** Everything that is kept for one user. */
export interface StoredState {
  /** Null until the user has been connected once. */
  user_id: string | null;
  lists: StoredList[];
  /** In their order. */
  operations: Operation[];
  conflicts: Conflict[];
}

/** What is new; null stands for "away with it". */
export interface StateChanges {
  user_id?: string;
  lists: Map<string, StoredList | null>;
  operations: Map<string, Operation | null>;
  conflicts: Map<string, Conflict | null>;
}

/**
 * Keeps the state of one user on one device. Reject where it cannot be done; the client then goes on without, and says so with
 * `storage_failed`.
 */
export interface Storage {
  /** What was saved last. Called once, first. */
  load(): Promise<StoredState>;
  /**
   * All of it or nothing. What was saved survives the end of the process as soon as the promise is resolved. May be called again before it
   * is: what was given later stands.
   */
  save(changes: StateChanges): Promise<void>;
  /** Releases what it holds. Nothing is called afterwards. */
  close(): Promise<void>;
}

/** Keeps it as long as the object lives: for programs that end when they are done, and for tests. */
export class MemoryStorage implements Storage {
  private user_id: string | null = null;
  private readonly lists = new Map<string, StoredList>();
  private readonly operations = new Map<string, Operation>();
  private readonly conflicts = new Map<string, Conflict>();

  load(): Promise<StoredState> {
    const { user_id } = this;
    const operations = [...this.operations.values()].sort((a, b) => a.seq - b.seq);
    return Promise.resolve(structuredClone({ user_id, lists: [...this.lists.values()], operations, conflicts: [...this.conflicts.values()] }));
  }

  save(changes: StateChanges): Promise<void> {
    const { user_id, lists, operations, conflicts } = structuredClone(changes);
    this.user_id = user_id ?? this.user_id;
    replaceAll(this.lists, lists);
    replaceAll(this.operations, operations);
    replaceAll(this.conflicts, conflicts);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function replaceAll<T>(into: Map<string, T>, from: Map<string, T | null>): void {
  for (const [key, value] of from) {
    if (value === null) into.delete(key);
    else into.set(key, value);
  }
}

const noChanges = (): StateChanges => ({ lists: new Map(), operations: new Map(), conflicts: new Map() });

/** Lists are written this long after they began to change: they are large, and the server has them. */
const listDelayMs = 500;

/**
 * Collects changes and writes them in their order. Operations and conflicts are written at once, as they exist nowhere else; lists a
 * little later.
 */
export class Journal {
  private changes = noChanges();
  private readonly dirtyLists = new Set<string>();
  private writing: Promise<void> = Promise.resolve();
  private isScheduled = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `storedList` gives a list as it is when it is written, null if it is gone; `onError` hears what could not be written. */
  constructor(
    private readonly storage: Storage,
    private readonly storedList: (list_id: string) => StoredList | null,
    private readonly onError: (error: unknown) => void,
  ) {}

  user(user_id: string): void {
    this.changes.user_id = user_id;
    this.schedule();
  }

  operation(op_id: string, operation: Operation | null): void {
    this.changes.operations.set(op_id, operation);
    this.schedule();
  }

  conflict(conflict_id: string, conflict: Conflict | null): void {
    this.changes.conflicts.set(conflict_id, conflict);
    this.schedule();
  }

  list(list_id: string): void {
    this.dirtyLists.add(list_id);
    this.timer ??= setTimeout(() => void this.flush(), listDelayMs);
  }

  /** Resolves when every operation and conflict so far is written, or could not be. */
  written(): Promise<void> {
    this.write();
    return this.writing;
  }

  /** The same for the lists too. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const list_id of this.dirtyLists) this.changes.lists.set(list_id, this.storedList(list_id));
    this.dirtyLists.clear();
    return this.written();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => this.write());
  }

  private write(): void {
    this.isScheduled = false;
    const { user_id, lists, operations, conflicts } = this.changes;
    if (user_id === undefined && lists.size + operations.size + conflicts.size === 0) return;
    // Operations are changed while they wait to be written. A list is not: it is made for this, of items that are replaced and never changed.
    const changes = { ...this.changes, ...structuredClone({ operations, conflicts }) };
    this.changes = noChanges();
    // Given to the storage at once: a page that is being closed does not live to see an earlier save end.
    const saving = this.storage.save(changes).catch(this.onError);
    this.writing = Promise.all([this.writing, saving]).then(() => undefined);
  }
}
