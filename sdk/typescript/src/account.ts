// The server's built-in accounts: signing in, and tokens that are always fresh. In browsers the cookies are the browser's; elsewhere they
// are kept here.
import type { Failure, Fault } from './wire.js';
import { RequestError } from './requests.js';
import type { TokenReason, TokenSource } from './token.js';

const refreshCookie = 'refresh_token_cookie';
const csrfCookie = 'csrf_refresh_token';
/** An answer that takes longer does not come any more: other tabs wait for the same refresh. */
const answerMs = 30_000;

/** Whoever is signed in. Where another service issued the token, `email` is null and `name` is what the token says. */
export interface Profile {
  user_id: string;
  email: string | null;
  name: string | null;
}

/** What a form must know before it asks: who may register, and how long a password and a name may be, in characters. */
export interface AccountConfig {
  registration: 'open' | 'invite' | 'closed';
  password_min: number;
  password_max: number;
  name_max: number;
}

/**
 * One user's login. Every method rejects with a RequestError when the server refuses, `failure.message` being its sentence, and as `fetch`
 * does (TypeError, TimeoutError) when it cannot be reached. Where a field is wrong, `fields` of the error has a sentence for it.
 */
export class Account {
  private readonly base: string;
  private readonly cookies = new Map<string, string>();
  private token: string | null = null;
  private refreshing: Promise<string | null> | null = null;

  /** `url` is where the server's `/auth` is. */
  constructor(url: string) {
    this.base = url.replace(/\/+$/, '');
  }

  /** Makes an account; it is not signed in yet. */
  async register(email: string, password: string, name: string): Promise<void> {
    await this.post('register', { email, password, name });
  }

  /** Signs in; the user's id. */
  async login(email: string, password: string): Promise<string> {
    const { access_token, user_id } = await this.post('login', { email, password });
    this.token = String(access_token);
    return String(user_id);
  }

  /** Ends this login, and its connections. Other devices stay signed in. */
  logout(): Promise<void> {
    return this.endLogin();
  }

  /** Ends every login of the user on every device, and all their connections. */
  logoutEverywhere(): Promise<void> {
    return this.endLogin({ everywhere: true });
  }

  /** Who is signed in. */
  async me(): Promise<Profile> {
    return profileOf(await this.asUser('GET', 'me'));
  }

  /** Gives the user another name, which the members of all their lists see at once. */
  async rename(name: string): Promise<Profile> {
    const profile = profileOf(await this.asUser('PATCH', 'me', { name }));
    this.token = null;  // the next one carries the name
    return profile;
  }

  /** Replaces the password. This login stays, every other one of the user ends. */
  async changePassword(current: string, next: string): Promise<void> {
    await this.asUser('POST', 'password', { current_password: current, new_password: next });
  }

  /** What the server lets people do; for everybody. The error's code is `not_found` where the server keeps no accounts. */
  async config(): Promise<AccountConfig> {
    return (await this.send('GET', 'config')) as unknown as AccountConfig;
  }

  /** What a Client takes as its `token`: the present one, or a fresh one when it is asked for. Null when nobody is signed in. */
  readonly tokenSource: TokenSource = (reason: TokenReason) => (this.token !== null && reason === null ? this.token : this.refresh());

  private async endLogin(body?: object): Promise<void> {
    try {
      await this.asUser('POST', 'logout', body);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;  // else it has ended already
    }
    this.token = null;
    this.cookies.clear();
  }

  // With a token of now; with a fresh one if the server takes that for no longer good.
  private async asUser(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const send = (token: string | null) => this.send(method, path, body, { authorization: `Bearer ${token ?? ''}` });
    const token = this.token ?? (await this.refresh());
    try {
      return await send(token);
    } catch (error) {
      if (!isUnauthorized(error) || token === null) throw error;
      return send(await this.refresh());
    }
  }

  // One at a time, among all tabs of a browser too: each refresh replaces the refresh token, which they share, and one that is used again
  // later ends the login.
  private refresh(): Promise<string | null> {
    this.refreshing ??= this.alone(() => this.askForToken()).finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async alone<T>(task: () => Promise<T>): Promise<T> {
    const locks = globalThis.navigator?.locks;  // not there in a page that came over plain HTTP
    return locks ? await locks.request(`collab-todo refresh ${this.base}`, task) : task();
  }

  private async askForToken(): Promise<string | null> {
    try {
      const { access_token } = await this.post('refresh', undefined, { 'x-csrf-token': this.csrfToken() });
      this.token = String(access_token);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      this.token = null;
    }
    return this.token;
  }

  private csrfToken(): string {
    const inPage = typeof document === 'undefined' ? undefined : new RegExp(`(?:^|; )${csrfCookie}=([^;]*)`).exec(document.cookie)?.[1];
    return inPage ?? this.cookies.get(csrfCookie) ?? '';
  }

  private post(path: string, body?: object, headers?: Record<string, string>): Promise<Record<string, unknown>> {
    return this.send('POST', path, body, headers);
  }

  private async send(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
    const isInPage = typeof document !== 'undefined';
    const cookie = [refreshCookie, csrfCookie].filter((name) => this.cookies.has(name)).map((name) => `${name}=${this.cookies.get(name)}`).join('; ');
    const response = await fetch(`${this.base}/auth/${path}`, {
      method,
      credentials: 'include',
      signal: AbortSignal.timeout(answerMs),
      headers: { ...(body && { 'content-type': 'application/json' }), ...(!isInPage && cookie && { cookie }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!isInPage) this.keepCookies(response);
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (!response.ok) throw new RequestError(failureOf(response, answer));
    return answer;
  }

  private keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (name && value) this.cookies.set(name, value);
      else if (name) this.cookies.delete(name);
    }
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof RequestError && error.code === 'unauthorized';
}

function profileOf({ user_id, email, name }: Record<string, unknown>): Profile {
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return { user_id: String(user_id), email: text(email), name: text(name) };
}

function failureOf(response: Response, answer: Record<string, unknown>): Failure {
  const codes: Record<number, string> = { 400: 'invalid_payload', 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 429: 'rate_limited' };
  const message = answer['error'] ?? answer['msg'] ?? `The server answered ${response.status}`;
  const wait = Number(response.headers.get('retry-after') ?? NaN);
  return {
    event: 'auth_error', code: codes[response.status] ?? 'unavailable', message: String(message),
    ...(Array.isArray(answer['errors']) && { errors: answer['errors'] as Fault[] }),
    ...(Number.isFinite(wait) && { retry_after_ms: wait * 1000 }),
  };
}
