// Who is signed in here, and the client that holds their lists. It outlives reloads, and works without a network once it has begun.
import { Account, claimsOf, Client, IndexedDbStorage, type Profile, type TokenReason } from '@collab-todo/client';
import { create } from 'zustand';

export interface Session {
  /** Until it is known whether somebody is signed in, and what was kept of their lists is here. */
  isStarting: boolean;
  user: Profile | null;
  /** Of that user. */
  client: Client | null;
  /** Nobody is signed in any more: who was, and whether the server ended it rather than they. */
  last: { user: Profile; hasExpired: boolean } | null;
}

/** What the tabs of this browser know of each other: the user; with `hasExpired`, one who must sign in again. */
interface Kept extends Profile {
  hasExpired?: boolean;
}

const storageKey = 'user';
const databaseOf = (user_id: string) => `collab-todo ${user_id}`;

export const account = new Account(location.origin);
export const useSession = create<Session>(() => ({ isStarting: true, user: null, client: null, last: null }));

let turn: Promise<void> = Promise.resolve();
let isSigningOut = false;

function kept(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? 'null') as Kept | null;
  } catch {
    return null;
  }
}

/** Goes on with the session of this browser, if there is one, and follows the other tabs from then on. */
export function startSession(): Promise<void> {
  window.addEventListener('storage', ({ key }) => {
    if (key === storageKey || key === null) void follow(kept());
  });
  return follow(kept());
}

/** Signs in with an account that there is. Rejects as `Account.login` does. */
export async function signIn(email: string, password: string): Promise<void> {
  await account.login(email, password);
  await keep(await account.me());
}

/** Makes an account and signs in with it. Rejects as `Account.register` does. */
export async function register(email: string, password: string, name: string): Promise<void> {
  await account.register(email, password, name);
  await signIn(email, password);
}

/** How many changes of the user, in any tab, the server does not have yet. */
export async function unsentCount(): Promise<number> {
  const { user, client } = useSession.getState();
  if (!user || !client) return 0;
  return Math.max(client.pendingCount, await IndexedDbStorage.pendingIn(databaseOf(user.user_id)).catch(() => 0));
}

/**
 * Ends the login. What is on this device goes too; but if there are changes that the server does not have, it stays for the next time.
 * Rejects as `Account.logout` does, and nothing has changed then.
 */
export async function signOut(how: 'here' | 'everywhere' = 'here'): Promise<void> {
  const { user } = useSession.getState();
  if (!user) return;
  isSigningOut = true;
  try {
    await (how === 'everywhere' ? account.logoutEverywhere() : account.logout());
    localStorage.removeItem(storageKey);
    await follow(null);
  } finally {
    isSigningOut = false;
  }
  await IndexedDbStorage.remove(databaseOf(user.user_id)).catch(() => false);
}

/** Tells all tabs who is signed in, and what they are called now. */
export function keep(user: Kept): Promise<void> {
  localStorage.setItem(storageKey, JSON.stringify(user));
  return follow(user);
}

// One after the other, in the order in which the tabs did it.
function follow(user: Kept | null): Promise<void> {
  turn = turn.then(() => become(user));
  return turn;
}

async function become(next: Kept | null): Promise<void> {
  const { user, client } = useSession.getState();
  if (next && !next.hasExpired && next.user_id === user?.user_id) return useSession.setState({ user: next });
  const last = next?.hasExpired ? { user: next, hasExpired: true } : user && { user, hasExpired: false };
  useSession.setState({ isStarting: false, user: null, client: null, ...(last && { last }) });
  await client?.close();
  if (next && !next.hasExpired) await begin(next);
}

async function begin(user: Profile): Promise<void> {
  useSession.setState({ isStarting: true });
  const client = new Client({
    url: location.origin,
    token: (reason) => tokenOf(user.user_id, reason),
    storage: new IndexedDbStorage(databaseOf(user.user_id)),
  });
  client.on('status', ({ state, reason }) => {
    if (state === 'ended' && reason !== 'closed' && !isSigningOut && useSession.getState().client === client) void expire(user);
  });
  await client.start();
  useSession.setState({ isStarting: false, user, client, last: null });
}

// The cookies are those of all tabs, and another one may have signed in as somebody else: their token is not for this user's lists.
async function tokenOf(user_id: string, reason: TokenReason): Promise<string | null> {
  const isTheirs = (token: string | null) => token !== null && claimsOf(token)?.sub === user_id;
  const token = await account.tokenSource(reason);
  if (token === null || isTheirs(token)) return token;
  const fresh = await account.tokenSource('refused');
  return isTheirs(fresh) ? fresh : null;
}

// Not if another tab has signed in as somebody else meanwhile.
function expire(user: Profile): Promise<void> {
  const present = kept();
  return present && present.user_id === user.user_id ? keep({ ...user, hasExpired: true }) : follow(present);
}
