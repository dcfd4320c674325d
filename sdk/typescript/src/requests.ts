// What can only be done with the server: sharing, links, the trash. Such requests wait for a connection and are repeated if it breaks.
import { ConnectionLost, type Connection } from './connection.js';
import type { Store } from './store.js';
import type { Sync } from './sync.js';
import type { ClientEvent, ClientEvents, Failure, Reply } from './wire.js';

/** The server, or the lack of one, is the reason that something was not done. `failure.message` is a sentence for a person. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(readonly failure: Failure) {
    super(failure.message);
  }

  /** For a program: the wire's codes, and `offline`. */
  get code(): string {
    return this.failure.code;
  }

  /** By the name of each wrong field what is wrong with it, a sentence; for forms. Empty where no field is to blame. */
  get fields(): Readonly<Record<string, string>> {
    return Object.fromEntries((this.failure.errors ?? []).map(({ loc, msg }) => [loc.join('.'), msg]));
  }
}

/** What an answer that says ok carries. */
export type Answer<E extends ClientEvent> = Extract<Reply<E>, { ok: true }>;

const pauseMs = 500;

export class Requests {
  /** `waitMs`: how long a request may take in all, with the wait for a connection. */
  constructor(
    private readonly connection: Connection,
    private readonly sync: Sync,
    private readonly store: Store,
    private readonly waitMs: number,
  ) {}

  /**
   * The server's answer. Changes that were made to the same list before go first. Throws a RequestError: the server's refusal, or `offline` if there was no answer in time; it may have been done
   * then. Give events that change something an `op_id`: it is done once, however often it is repeated here.
   */
  async send<E extends ClientEvent>(event: E, data: ClientEvents[E]['data']): Promise<Answer<E>> {
    const deadline = Date.now() + this.waitMs;
    const list_id = 'list_id' in data ? (data.list_id ?? '') : '';
    const before = this.store.pendingIds(list_id);
    while (Date.now() < deadline) {
      if (!(await this.isTurnBy(deadline, list_id, before))) break;
      const reply = await this.attempt(event, data, deadline);
      if (reply === null) continue;
      if (reply.ok) return reply as Answer<E>;
      const { code, retry_after_ms } = reply.error;
      if (code !== 'unavailable' && code !== 'rate_limited') throw new RequestError(reply.error);
      const pause = retry_after_ms ?? pauseMs;
      if (Date.now() + pause >= deadline) throw new RequestError(reply.error);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    throw new RequestError({ event: 'error', code: 'offline', message: 'There is no connection to the server; try again when you are online' });
  }

  private async attempt<E extends ClientEvent>(event: E, data: ClientEvents[E]['data'], deadline: number): Promise<Reply<E> | null> {
    try {
      return await this.connection.request(event, data, Math.max(1, deadline - Date.now()));
    } catch (error) {
      if (error instanceof ConnectionLost) return null;
      throw error;
    }
  }

  // Whether there is a connection, and the changes before have gone.
  private isTurnBy(deadline: number, list_id: string, before: ReadonlySet<string>): Promise<boolean> {
    const isTurn = () => this.sync.live && ![...this.store.pendingIds(list_id)].some((op_id) => before.has(op_id));
    if (isTurn()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (itIs: boolean) => {
        clearTimeout(timer);
        for (const stop of stops) stop();
        resolve(itIs);
      };
      const look = () => {
        if (isTurn()) end(true);
      };
      const timer = setTimeout(() => end(false), deadline - Date.now());
      const stops = [this.sync.on('live', look), this.store.on('lists', look)];
    });
  }
}
