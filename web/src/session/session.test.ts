import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { account, keep, register, signIn, signOut, startSession, unsentCount, useSession } from './session';

const tokenOf = (user_id: string) => `x.${btoa(JSON.stringify({ sub: user_id }))}.x`;

/** The server's `/auth`: who has the cookie, and what was asked of it. */
const server = { user_id: null as string | null, asked: [] as string[], isReachable: true };

function answer(path: string, body: Record<string, string>): Response {
  const refused = (status: number, error: string) => Response.json({ error }, { status });
  const { user_id } = server;
  if (path === 'register') return Response.json({ id: body['name'] }, { status: 201 });
  if (path === 'login') {
    if (body['password'] !== 'right') return refused(401, 'The e-mail address or the password is wrong.');
    server.user_id = body['email']!.split('@')[0]!;
    return Response.json({ access_token: tokenOf(server.user_id), user_id: server.user_id });
  }
  if (user_id === null) return refused(401, 'This login has ended. Sign in again.');
  if (path === 'refresh') return Response.json({ access_token: tokenOf(user_id) });
  if (path === 'me') return Response.json({ user_id, email: `${user_id}@example.org`, name: user_id.toUpperCase() });
  server.user_id = null;
  return Response.json({ message: 'You are logged out.' });
}

const session = () => useSession.getState();
const until = (holds: () => boolean) => vi.waitFor(() => expect(holds()).toBe(true));
const databases = async () => (await indexedDB.databases()).map(({ name }) => name);
const otherTab = (user: object | null) => {
  if (user) localStorage.setItem('user', JSON.stringify(user));
  else localStorage.removeItem('user');
  window.dispatchEvent(new StorageEvent('storage', { key: 'user' }));
};

beforeEach(async () => {
  vi.stubGlobal('fetch', async (url: string, { body }: RequestInit) => {
    if (!server.isReachable) throw new TypeError('Failed to fetch');
    const path = String(url).split('/auth/')[1]!;
    server.asked.push(path);
    return answer(path, JSON.parse(String(body ?? '{}')) as Record<string, string>);
  });
  Object.assign(server, { user_id: null, asked: [], isReachable: true });
  await account.tokenSource('refused');  // nobody is signed in
  await startSession();
});

afterEach(async () => {
  otherTab(null);
  await until(() => session().client === null);
  for (const name of await databases()) indexedDB.deleteDatabase(name!);
  localStorage.clear();
  useSession.setState({ last: null });
});

test('signing in is kept for the next start', async () => {
  await signIn('ann@example.org', 'right');

  expect(session()).toMatchObject({ isStarting: false, user: { user_id: 'ann', name: 'ANN' }, last: null });
  expect(JSON.parse(localStorage.getItem('user')!)).toEqual({ user_id: 'ann', email: 'ann@example.org', name: 'ANN' });
});

test('who has registered is signed in', async () => {
  await register('ann@example.org', 'right', 'Ann');

  expect([session().user?.user_id, server.asked.slice(-3)]).toEqual(['ann', ['register', 'login', 'me']]);
});

test('a wrong password changes nothing', async () => {
  await expect(signIn('ann@example.org', 'wrong')).rejects.toMatchObject({ code: 'unauthorized' });

  expect([session().user, localStorage.getItem('user')]).toEqual([null, null]);
});

test('a login that the server has ended is told, and what was not sent is there again after signing in anew', async () => {
  localStorage.setItem('user', JSON.stringify({ user_id: 'ann', email: 'ann@example.org', name: 'ANN' }));
  server.isReachable = false;
  window.dispatchEvent(new StorageEvent('storage', { key: 'user' }));
  await until(() => session().client !== null);
  const list_id = session().client!.createList('Made offline');

  server.isReachable = true;
  window.dispatchEvent(new Event('online'));
  await until(() => session().last?.hasExpired === true);
  expect(session()).toMatchObject({ user: null, client: null, last: { user: { email: 'ann@example.org' } } });
  expect(JSON.parse(localStorage.getItem('user')!)).toMatchObject({ user_id: 'ann', hasExpired: true });

  await signIn('ann@example.org', 'right');
  expect(session().client!.list(list_id)?.name).toBe('Made offline');
});

test('signing out takes the lists off the device, but not what was not sent', async () => {
  await signIn('ann@example.org', 'right');
  expect(await databases()).toEqual(['collab-todo ann']);
  await signOut();
  expect([session().last?.hasExpired, await databases()]).toEqual([false, []]);

  await signIn('ann@example.org', 'right');
  session().client!.createList('Not sent');
  expect(await unsentCount()).toBe(1);
  await signOut();
  expect(await databases()).toEqual(['collab-todo ann']);
});

test('without the server nobody is signed out', async () => {
  await signIn('ann@example.org', 'right');
  server.isReachable = false;

  await expect(signOut()).rejects.toThrow(TypeError);

  expect(session().user?.user_id).toBe('ann');
});

test('signing out in another tab ends this one, and is no expiry', async () => {
  await signIn('ann@example.org', 'right');

  otherTab(null);

  await until(() => session().client === null);
  expect(session().last).toMatchObject({ user: { user_id: 'ann' }, hasExpired: false });
});

test('a token of somebody else, who signed in in another tab, is never used for these lists', async () => {
  await signIn('ann@example.org', 'right');
  const ann = session().client;
  server.user_id = 'bob';

  otherTab({ user_id: 'bob', email: null, name: 'BOB' });
  await until(() => session().user?.user_id === 'bob');

  expect(session().client).not.toBe(ann);
  await until(() => server.asked.at(-1) === 'refresh');  // the token that was here is Ann's
  expect(await account.tokenSource(null)).toBe(tokenOf('bob'));
});

test('another name is told to the tabs', async () => {
  await signIn('ann@example.org', 'right');
  const { client } = session();

  await keep({ ...session().user!, name: 'Ann Lee' });

  expect([session().user?.name, session().client === client]).toEqual(['Ann Lee', true]);
});
