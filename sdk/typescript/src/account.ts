// The server's built-in accounts: signing in, and tokens that are always fresh. In browsers the cookies are the browser's; elsewhere they
// are kept here.
import type { Failure } from './wire.js';
import { RequestError } from './requests.js';
import type { TokenReason, TokenSource } from './token.js';

const refreshCookie = 'refresh_token_cookie';
const csrfCookie = 'csrf_refresh_token';

/**
 * One user's login. Every method rejects with a RequestError when the server refuses, `failure.message` being its sentence, and with a
 * TypeError (of `fetch`) when it cannot be reached.
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

  /** Ends the login on every device that shares it. */
  async logout(): Promise<void> {
    const token = this.token ?? (await this.refresh());
    this.token = null;
    if (token !== null) await this.post('logout', undefined, { authorization: `Bearer ${token}` });
    this.cookies.clear();
  }

  /** What a Client takes as its `token`: the present one, or a fresh one when it is asked for. Null when nobody is signed in. */
  readonly tokenSource: TokenSource = (reason: TokenReason) => (this.token !== null && reason === null ? this.token : this.refresh());

  // One at a time: each refresh replaces the refresh token.
  private refresh(): Promise<string | null> {
    this.refreshing ??= this.askForToken().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async askForToken(): Promise<string | null> {
    try {
      const { access_token } = await this.post('refresh', undefined, { 'x-csrf-token': this.csrfToken() });
      this.token = String(access_token);
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== 'unauthorized') throw error;
      this.token = null;
    }
    return this.token;
  }

  private csrfToken(): string {
    const inPage = typeof document === 'undefined' ? undefined : new RegExp(`(?:^|; )${csrfCookie}=([^;]*)`).exec(document.cookie)?.[1];
    return inPage ?? this.cookies.get(csrfCookie) ?? '';
  }

  private async post(path: string, body?: object, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
    const isInPage = typeof document !== 'undefined';
    const cookie = [refreshCookie, csrfCookie].filter((name) => this.cookies.has(name)).map((name) => `${name}=${this.cookies.get(name)}`).join('; ');
    const response = await fetch(`${this.base}/auth/${path}`, {
      method: 'POST',
      credentials: 'include',
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

function failureOf(response: Response, answer: Record<string, unknown>): Failure {
  const codes: Record<number, string> = { 400: 'invalid_payload', 401: 'unauthorized', 404: 'not_found', 429: 'rate_limited' };
  const message = answer['error'] ?? answer['msg'] ?? `The server answered ${response.status}`;
  const wait = Number(response.headers.get('retry-after') ?? NaN);
  return {
    event: 'auth_error', code: codes[response.status] ?? 'unavailable', message: String(message),
    ...(Number.isFinite(wait) && { retry_after_ms: wait * 1000 }),
  };
}
