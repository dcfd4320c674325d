// The connection to the server: opened again whenever it breaks, with a token that is always fresh.
import { io, type Socket } from 'socket.io-client';
import { Backoff, type BackoffOptions } from './backoff.js';
import { Emitter } from './emitter.js';
import { renewalDelay, type TokenReason, type TokenSource } from './token.js';
import type { ClientEvent, ClientEvents, ConnectedEvent, Reply, ServerEvent, ServerEvents } from './wire.js';

/** Why nothing will happen until `open` is called anew. */
export type EndReason = 'closed' | 'no_token' | 'token_refused' | 'disconnected_by_server' | 'other_user';

export interface ConnectionEvents {
  /** A connection that the server greeted. */
  connected: ConnectedEvent;
  /** It broke, and will be opened again. */
  lost: undefined;
  /** It will not be opened again by itself. */
  ended: { reason: EndReason };
  /** The server took a fresh token on the live connection. */
  renewed: undefined;
  /** Anything else that the server sent. */
  event: { event: ServerEvent; data: ServerEvents[ServerEvent] };
}

export interface ConnectionOptions {
  /** Where the server is: `https://todo.example`. */
  url: string;
  token: TokenSource;
  /** Waits between attempts. Default: from 0.5 s up to 15 s. */
  reconnect?: BackoffOptions;
  /** Default: WebSocket, else HTTP long-polling. */
  transports?: ('websocket' | 'polling')[];
}

/** There is no connection, or it broke before the answer came: what was asked may have been done. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** A connection that takes longer to open is given up, in milliseconds. */
const openingMs = 10_000;
/** So many tokens in a row may be refused before it is given up. */
const tokensAllowed = 3;

export class Connection extends Emitter<ConnectionEvents> {
  private readonly socket: Socket;
  private readonly source: TokenSource;
  private readonly backoff: Backoff;
  private isWanted = false;
  private isGreeted = false;
  private token: string | null = null;
  private tokensRefused = 0;
  private opening: Socket['io']['engine'] | null = null;
  private renewing: Promise<boolean> | null = null;
  private attempt: ReturnType<typeof setTimeout> | undefined;
  private renewal: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, token, reconnect = { firstMs: 500, maxMs: 15_000 }, transports = ['websocket', 'polling'] }: ConnectionOptions) {
    super();
    this.source = token;
    this.backoff = new Backoff(reconnect);
    this.socket = io(url, { timeout: openingMs, autoConnect: false, reconnection: false, forceNew: true, transports, tryAllTransports: true });
    this.socket.on('connect_error', (error) => this.onConnectError(error));
    this.socket.on('disconnect', (reason) => this.onDisconnect(reason));
    this.socket.onAny((event: ServerEvent, data: ServerEvents[ServerEvent]) => this.onEvent(event, data));
  }

  /** Connects, and stays connected until `close`. */
  open(): void {
    if (this.isWanted) return;
    this.isWanted = true;
    this.tokensRefused = 0;
    this.backoff.reset();
    void this.connect(null);
  }

  close(reason: EndReason = 'closed'): void {
    if (!this.isWanted) return;
    this.isWanted = false;
    this.stopTimers();
    this.isGreeted = false;
    this.socket.disconnect();
    this.emit('ended', { reason });
  }

  get isConnected(): boolean {
    return this.isGreeted;
  }

  /** Tries now rather than after the rest of the wait: the network is back. */
  hurry(): void {
    if (this.attempt === undefined) return;
    this.backoff.reset();
    this.later(0, null);
  }

  /** Gives up a connection that answers no more, and opens another. */
  drop(): void {
    this.socket.io.engine?.close();
  }

  /**
   * Sends an event and resolves with the server's answer, which may be a refusal. Rejects with ConnectionLost if none came within
   * `timeoutMs`, or the connection broke.
   */
  request<E extends ClientEvent>(event: E, data: ClientEvents[E]['data'], timeoutMs: number): Promise<Reply<E>> {
    if (!this.isGreeted) return Promise.reject(new ConnectionLost('there is no connection'));
    return this.socket.timeout(timeoutMs).emitWithAck(event, data).catch((error: Error) => {
      throw new ConnectionLost(`no answer to ${event}: ${error.message}`);
    }) as Promise<Reply<E>>;
  }

  /** Asks for a fresh token and gives it to the server on the live connection. False if that did not succeed. */
  renewToken(reason: TokenReason = 'ends_soon'): Promise<boolean> {
    this.renewing ??= this.renew(reason).finally(() => (this.renewing = null));
    return this.renewing;
  }

  private async renew(reason: TokenReason): Promise<boolean> {
    clearTimeout(this.renewal);
    try {
      const token = await this.source(reason);
      if (token === null || !this.isGreeted) return false;
      const reply = await this.request('authenticate', { token }, 10_000);
      if (!reply.ok) return false;
      this.token = token;
      this.emit('renewed', undefined);
      return true;
    } catch {
      return false;
    } finally {
      this.scheduleRenewal();
    }
  }

  private async connect(reason: TokenReason): Promise<void> {
    let token: string | null;
    try {
      token = await this.source(reason);
    } catch {
      return this.later(this.backoff.next(), reason);
    }
    if (!this.isWanted || this.socket.connected) return;
    if (token === null) return this.close('no_token');
    if (reason === 'refused' && token === this.token) return this.close('token_refused');
    this.token = token;
    this.socket.auth = { token };
    this.socket.connect();
    this.watchOpening();
  }

  // socket.io-client does not hear of a transport that closes between the WebSocket's handshake and the server's first packet, and would
  // wait for its time limit.
  private watchOpening(): void {
    const { engine } = this.socket.io;
    this.opening = engine;
    engine.once('open', () => (this.opening = null));
    engine.once('close', (reason) => {
      if (this.opening === engine) this.onConnectError(new Error(reason));
    });
  }

  private later(delayMs: number, reason: TokenReason): void {
    clearTimeout(this.attempt);
    if (!this.isWanted) return;
    this.attempt = setTimeout(() => {
      this.attempt = undefined;
      void this.connect(reason);
    }, delayMs);
  }

  private onConnectError(error: Error & { data?: { event?: string } }): void {
    this.opening = null;
    if (!this.isWanted) return;
    this.socket.disconnect();
    const isToken = error.data?.event === 'auth_error' && 'code' in error.data && error.data.code !== 'rate_limited';
    if (isToken && ++this.tokensRefused >= tokensAllowed) return this.close('token_refused');
    this.later(isToken && this.tokensRefused === 1 ? 0 : this.backoff.next(), isToken ? 'refused' : null);
  }

  private onDisconnect(reason: string): void {
    const wasGreeted = this.isGreeted;
    this.isGreeted = false;
    clearTimeout(this.renewal);
    if (!this.isWanted) return;
    if (wasGreeted) this.emit('lost', undefined);
    // The server ended it on purpose: only with another token is there a reason to come back.
    const isRefused = reason === 'io server disconnect';
    this.later(isRefused ? 0 : this.backoff.next(), isRefused ? 'refused' : null);
  }

  private onEvent(event: ServerEvent, data: ServerEvents[ServerEvent]): void {
    if (event === 'connected') {
      this.isGreeted = true;
      this.tokensRefused = 0;
      this.backoff.reset();
      this.scheduleRenewal();
      this.emit('connected', data as ConnectedEvent);
      return;
    }
    if (event === 'auth_error') void this.renewToken('refused');
    this.emit('event', { event, data });
  }

  private scheduleRenewal(): void {
    clearTimeout(this.renewal);
    if (!this.isGreeted || this.token === null) return;
    const delay = renewalDelay(this.token, Date.now());
    if (delay !== null) this.renewal = setTimeout(() => void this.renewToken(), Math.max(delay, shortestRenewalMs));
  }

  private stopTimers(): void {
    clearTimeout(this.attempt);
    clearTimeout(this.renewal);
    this.attempt = undefined;
  }
}

/** A source that gives the same token again and again is not asked more often. */
const shortestRenewalMs = 1_000;
