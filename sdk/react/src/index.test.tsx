import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Client } from '@collab-todo/client';
import { ClientProvider, useClient, useConflicts, useList, useLists, usePendingCount, usePresence, useStatus, useUndo } from './index.js';

// Without a network: what the hooks show is what the client has.
let client: Client;
let root: ReturnType<typeof createRoot>;
const page = document.createElement('div');

beforeEach(() => {
  (globalThis as Record<string, unknown>)['IS_REACT_ACT_ENVIRONMENT'] = true;
  client = new Client({ url: 'http://127.0.0.1:9', token: 'none' });
  root = createRoot(page);
});
afterEach(async () => {
  act(() => root.unmount());
  await client.close();
});

const show = (what: React.ReactNode) => act(() => root.render(<ClientProvider value={client}>{what}</ClientProvider>));

test('hooks show what the client has, and what becomes of it', () => {
  const Page = () => {
    const [first] = useLists();
    const list = useList(first?.list_id ?? '');
    const { canUndo, canRedo } = useUndo();
    const numbers = [usePendingCount(), useConflicts().length, usePresence('').length].join();
    return <p>{`${useStatus().state} ${first?.name}: ${list?.items.map(({ name }) => name)} (${numbers}) ${canUndo} ${canRedo}`}</p>;
  };
  show(<Page />);
  expect(page.textContent).toBe('offline undefined: undefined (0,0,0) false false');

  let list_id = '';
  act(() => void (list_id = client.createList('Picnic')));
  act(() => void client.addItem(list_id, { name: 'Milk' }));
  expect(page.textContent).toBe('offline Picnic: Milk (2,0,0) true false');
  act(() => void client.undo());
  expect(page.textContent).toBe('offline Picnic:  (3,0,0) true true');
});

test('a list that did not change is not rendered again', () => {
  const [one, other] = [client.createList('One'), client.createList('Other')];
  let renders = 0;
  const List = () => {
    ++renders;
    return <p>{useList(one)?.items.length}</p>;
  };
  show(<List />);

  act(() => void client.addItem(other, { name: 'elsewhere' }));
  expect(renders).toBe(1);
  act(() => void client.addItem(one, { name: 'here' }));
  expect([renders, page.textContent]).toEqual([2, '1']);
});

test('a hook says that it needs a provider', () => {
  let said = '';
  const Lost = () => {
    try {
      useClient();
    } catch (error) {
      said = String(error);
    }
    return null;
  };

  act(() => root.render(<Lost />));

  expect(said).toContain('ClientProvider');
});
