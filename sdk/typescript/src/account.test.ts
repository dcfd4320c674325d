// What a browser's tabs share: the refresh token is in a cookie of all of them.
import { afterEach, expect, test, vi } from 'vitest';
import { Account } from './account.js';

afterEach(() => vi.unstubAllGlobals());

// Answers when it is told to; `begun` are the requests so far.
function heldFetch() {
  const held: (() => void)[] = [];
  vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => {
    const access_token = `token ${held.length + 1}`;
    held.push(() => resolve(Response.json({ access_token })));
  }));
  return { answer: (at: number) => held[at]!(), begun: () => held.length };
}

// As navigator.locks: one holder of a name at a time, in order.
function locks() {
  const last = new Map<string, Promise<unknown>>();
  return {
    request<T>(name: string, task: () => Promise<T>): Promise<T> {
      const mine = (last.get(name) ?? Promise.resolve()).then(task);
      last.set(name, mine.catch(() => undefined));
      return mine;
    },
  };
}

test('two tabs refresh one after the other', async () => {
  vi.stubGlobal('navigator', { locks: locks() });
  const { answer, begun } = heldFetch();
  const [tab, other] = [new Account('https://todo.example'), new Account('https://todo.example')];

  const [first, second] = [tab.tokenSource(null), other.tokenSource('refused')];
  await vi.waitFor(() => expect(begun()).toBe(1));
  answer(0);
  expect(await first).toBe('token 1');

  await vi.waitFor(() => expect(begun()).toBe(2));
  answer(1);
  expect(await second).toBe('token 2');
});

test('without locks, as over plain HTTP, a tab refreshes all the same', async () => {
  vi.stubGlobal('navigator', {});
  const { answer, begun } = heldFetch();

  const token = new Account('http://192.168.0.2').tokenSource(null);
  await vi.waitFor(() => expect(begun()).toBe(1));
  answer(0);

  expect(await token).toBe('token 1');
});
