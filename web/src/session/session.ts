// Who is signed in here, and the client that holds their lists. It outlives reloads, and works without a network once it has begun.
import { Account, Client, IndexedDbStorage, type Profile } from '@collab-todo/client';
import { deleteDB } from 'idb';
import { create } from 'zustand';

export interface Session {
  /** Until it is known whether somebody is signed in. */
  isStarting: boolean;
  user: Profile | null;
  /** Of that user. */
  client: Client | null;
  /** Why the user must sign in again, if the server said so. */
  hasExpired: boolean;
}

const storageKey = 'user';
const databaseOf = (user_id: string) => `collab-todo ${user_id}`;

export const account = new Account(location.origin);
export const useSession = create<Session>(() => ({ isStarting: true, user: null, client: null, hasExpired: false }));

function storedUser(): Profile | null {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? 'null') as Profile | null;
  } catch {
    return null;
  }
}

/** Goes on with the session of this browser, if there is one. */
export function startSession(): void {
  const user = storedUser();
  if (user) begin(user);
  else useSession.setState({ isStarting: false });
  window.addEventListener('storage', ({ key }) => {
    if (key === storageKey) follow(storedUser());
  });
}

/** Signs in with an account that there is. Rejects as `Account.login` does. */
export async function signIn(email: string, password: string): Promise<void> {
  await account.login(email, password);
  keep(await account.me());
}

/** Makes an account and signs in with it. Rejects as `Account.register` does. */
export async function register(email: string, password: string, name: string): Promise<void> {
  await account.register(email, password, name);
  await signIn(email, password);
}

/** Ends the login. What is on this device goes too, except changes that the server does not have yet. */
export async function signOut(how: 'here' | 'everywhere' = 'here'): Promise<void> {
  const { user, client } = useSession.getState();
  if (!user || !client) return;
  await (how === 'everywhere' ? account.logoutEverywhere() : account.logout());
  const hasUnsent = client.pendingCount > 0;
  localStorage.removeItem(storageKey);
  await end(false);
  if (!hasUnsent) await deleteDB(databaseOf(user.user_id));
}

/** Tells the app what the user is called now. */
export function keep(user: Profile): void {
  localStorage.setItem(storageKey, JSON.stringify(user));
  follow(user);
}

// Another tab may have signed in, out, or over.
function follow(user: Profile | null): void {
  const { user: present } = useSession.getState();
  if (user && user.user_id === present?.user_id) return useSession.setState({ user });
  void end(false).then(() => {
    if (user) begin(user);
  });
}

function begin(user: Profile): void {
  const client = new Client({
    url: location.origin,
    token: account.tokenSource,
    storage: new IndexedDbStorage(databaseOf(user.user_id)),
  });
  client.on('status', ({ state, reason }) => {
    if (state !== 'ended' || useSession.getState().client !== client || reason === 'closed') return;
    localStorage.removeItem(storageKey);
    void end(true);
  });
  useSession.setState({ isStarting: false, user, client, hasExpired: false });
  void client.start();
}

async function end(hasExpired: boolean): Promise<void> {
  const { client } = useSession.getState();
  useSession.setState({ isStarting: false, user: null, client: null, hasExpired });
  await client?.close();
}
