// Keeps a store and a server together: joins, follows, closes gaps, and sends what waits.
import { Backoff } from './backoff.js';
import type { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import type { Batch } from './outbox.js';
import type { ListEvent } from './replica.js';
import type { Store } from './store.js';
import type { ConnectedEvent, ListDeletedEvent, Reply, ServerEvents } from './wire.js';

export interface SyncEvents {
  /** Everything that the server has is here, and what comes is followed; or no longer. */
  live: boolean;
  /** This list is the user's by somebody else's doing, and was not before. */
  shared: { list_id: string };
}

export interface SyncOptions {
  /** An answer that takes longer means that the connection is dead, in milliseconds. */
  answerMs: number;
}

/** Part of what the server takes in one message: the rest is for its frame. */
const shareOfPayload = 0.5;
/** The largest `known` that the server takes. */
const knownAllowed = 1000;
/** A change that met others' so many times waits a little before it is tried again, if nothing else got through. */
const hotConflicts = 3;

export class Sync extends Emitter<SyncEvents> {
  private session = 0;
  private isLive = false;
  private isSending = false;
  private isMore = false;
  private limits: ConnectedEvent['limits'] | null = null;
  private readonly asked = new Set<string>();
  private readonly backoff = new Backoff({ firstMs: 200, maxMs: 15_000 });
  private readonly sleepers = new Set<() => void>();

  constructor(private readonly connection: Connection, private readonly store: Store, private readonly options: SyncOptions) {
    super();
    connection.on('connected', (greeting) => void this.join(greeting));
    connection.on('lost', () => this.leave());
    connection.on('ended', () => this.leave());
    connection.on('renewed', () => this.wakeAll());
    connection.on('event', ({ event, data }) => this.receive(event, data as never));
    store.on('queued', () => void this.send());
  }

  get live(): boolean {
    return this.isLive;
  }

  private async join({ user_id, limits }: ConnectedEvent): Promise<void> {
    const session = ++this.session;
    if (!this.store.setUser(user_id)) return this.connection.close('other_user');
    this.limits = limits;
    const known = Object.fromEntries(Object.entries(this.store.positions()).slice(0, knownAllowed));
    const reply = await this.connection.request('join', { known }, this.options.answerMs).catch(() => null);
    if (session !== this.session) return;
    if (!reply?.ok) return this.retryJoin(session, { user_id, limits } as ConnectedEvent, reply);
    this.backoff.reset();
    this.isLive = true;
    this.emit('live', true);
    void this.send();
  }

  private async retryJoin(session: number, greeting: ConnectedEvent, reply: Reply<'join'> | null): Promise<void> {
    if (reply === null) return this.connection.drop();
    await this.sleep(delayOf(reply) ?? this.backoff.next());
    if (session === this.session) void this.join(greeting);
  }

  private leave(): void {
    ++this.session;
    this.asked.clear();
    this.wakeAll();
    if (!this.isLive) return;
    this.isLive = false;
    this.emit('live', false);
  }

  private receive<E extends keyof ServerEvents>(event: E, data: ServerEvents[E]): void {
    const { store } = this;
    const of = <T extends keyof ServerEvents>(_: T) => data as unknown as ServerEvents[T];
    switch (event) {
      case 'list_snapshot':
        store.receiveSnapshot(of('list_snapshot'));
        break;
      case 'list_created':
        store.receiveSnapshot(of('list_created').list);
        break;
      case 'list_shared_with_you': {
        const { list, list_id } = of('list_shared_with_you');
        const isNew = store.position(list_id) === undefined;
        store.receiveSnapshot(list);
        if (isNew) this.emit('shared', { list_id });
        break;
      }
      case 'list_delta':
        if (store.receiveDelta(of('list_delta')) === 'gap') this.ask(of('list_delta').list_id, { whole: true });
        break;
      case 'list_deleted':
        store.receiveLoss((data as unknown as ListDeletedEvent).list_id);
        break;
      case 'user_lists':
        store.receiveUserLists(of('user_lists'));
        break;
      case 'item_added':
      case 'item_updated':
      case 'item_deleted':
      case 'list_updated':
      case 'members_changed': {
        const live = { event, data } as unknown as ListEvent;
        if (store.receiveEvent(live) === 'gap') this.ask(live.data.list_id, { whole: false });
        break;
      }
      default:
        return;
    }
    if (this.isLive && store.pendingCount > 0) void this.send();
  }

  // Asks for what is missing of a list, once until it has come.
  private ask(list_id: string, { whole }: { whole: boolean }): void {
    const key = `${list_id} ${whole}`;
    if (this.asked.has(key)) return;
    this.asked.add(key);
    const session = this.session;
    const since = whole ? undefined : this.store.position(list_id);
    void this.connection
      .request('join_list', since ? { list_id, since } : { list_id }, this.options.answerMs)
      .catch(() => null)
      .then(async (reply) => {
        if (session !== this.session) return;
        if (reply === null) return this.connection.drop();
        this.asked.delete(key);
        const delay = delayOf(reply);
        if (delay === null) return;
        await this.sleep(delay);
        if (session === this.session) this.ask(list_id, { whole });
      });
  }

  // Sends until nothing is left. Called while that goes on, it makes it look once more.
  private async send(): Promise<void> {
    this.isMore = true;
    if (!this.isLive || this.isSending) return;
    this.isSending = true;
    const session = this.session;
    try {
      while (this.isMore && this.isLive && session === this.session) {
        this.isMore = false;
        const batch = await this.store.takeBatch(this.batchLimits());
        if (!batch) continue;
        if (session !== this.session || !(await this.deliver(batch, session))) break;
        this.isMore = true;
      }
    } finally {
      this.isSending = false;
      if (this.isLive && session !== this.session) void this.send();
    }
  }

  // False if there is nobody to deliver to any more.
  private async deliver(batch: Batch, session: number): Promise<boolean> {
    const reply = await this.connection.request('batch', { ops: batch.ops }, this.answerMsOf(batch)).catch(() => null);
    if (session !== this.session) return false;
    if (reply === null) {
      this.connection.drop();
      return false;
    }
    const replies = reply.ok ? ((reply.replies ?? []) as Reply[]) : batch.ops.map(() => reply);
    switch (this.store.settleBatch(batch, replies)) {
      case 'later':
        await this.sleep(Math.max(0, ...replies.map((one) => delayOf(one) ?? 0)) || this.backoff.next());
        return true;
      case 'with a new token':
        if (!(await this.connection.renewToken('refused'))) await this.sleep(this.backoff.next());
        return true;
      case 'again':
        if (replies.some(({ ok }) => ok)) this.backoff.reset();
        else if (batch.operations.some(({ conflicts }) => conflicts >= hotConflicts)) await this.sleep(this.backoff.next());
        return true;
      case 'done':
        this.backoff.reset();
        return true;
    }
  }

  private batchLimits(): { ops: number; bytes: number } {
    const { batch_ops = 500, max_payload = 1_000_000 } = this.limits ?? {};
    return { ops: batch_ops || 500, bytes: (max_payload || 1_000_000) * shareOfPayload };
  }

  // A batch waits rather than exceed the rate limit.
  private answerMsOf({ ops }: Batch): number {
    const rate = this.limits?.events_per_second ?? 0;
    return this.options.answerMs + (rate > 0 ? (2000 * ops.length) / rate : 0);
  }

  // Ends early when the connection changes.
  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
    });
  }

  private wakeAll(): void {
    for (const wake of [...this.sleepers]) wake();
  }
}

// When the server wants to be asked again, in milliseconds; null if the answer is final.
function delayOf(reply: Reply): number | null {
  if (reply.ok) return null;
  const { code, retry_after_ms } = reply.error;
  if (code !== 'rate_limited' && code !== 'unavailable' && code !== 'internal') return null;
  return retry_after_ms ?? 1000;
}
