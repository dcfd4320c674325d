// What can only be done with the server: sharing, links, the trash. Such requests wait for a connection and are repeated if it breaks.
import { ConnectionLost, type Connection } from './connection.js';
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
}

/** What an answer that says ok carries. */
export type Answer<E extends ClientEvent> = Extract<Reply<E>, { ok: true }>;

const pauseMs = 500;

export class Requests {
  /** `waitMs`: how long a request may take in all, with the wait for a connection. */
  constructor(
    private readonly connection: Connection,
    private readonly sync: Sync,
    private readonly waitMs: number,
  ) {}

  /**
   * The server's answer. Throws a RequestError: the server's refusal, or `offline` if there was no answer in time; it may have been done
   * then. Give events that change something an `op_id`: it is done once, however often it is repeated here.
   */
  async send<E extends ClientEvent>(event: E, data: ClientEvents[E]['data']): Promise<Answer<E>> {
    const deadline = Date.now() + this.waitMs;
    while (Date.now() < deadline) {
      if (!(await this.isLiveBy(deadline))) break;
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

  private isLiveBy(deadline: number): Promise<boolean> {
    if (this.sync.live) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (isLive: boolean) => {
        clearTimeout(timer);
        stop();
        resolve(isLive);
      };
      const timer = setTimeout(() => end(false), deadline - Date.now());
      const stop = this.sync.on('live', (isLive) => {
        if (isLive) end(true);
      });
    });
  }
}
