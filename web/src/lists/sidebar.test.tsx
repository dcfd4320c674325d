import type { Client } from '@collab-todo/client';
import { act, cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test } from 'vitest';
import { clientWith, sharedList, show } from '../testing/show';
import { Sidebar } from './sidebar';

let client: Client;
afterEach(async () => {
  cleanup();
  await client.close();
});

async function open(role: 'owner' | 'editor' | 'viewer') {
  client = await clientWith(sharedList(role));
  await show(<Sidebar />, client);
  return userEvent.setup();
}

test.each([
  ['owner', ['Share', 'RenameF2', 'Delete']],
  ['editor', ['Share', 'RenameF2', 'Leave']],
  ['viewer', ['Share', 'Leave']],
] as const)('what may be done with a list as %s is in its menu', async (role, offered) => {
  const user = await open(role);

  await user.click(screen.getByRole('button', { name: 'More for “Picnic”' }));

  expect((await screen.findAllByRole('menuitem')).map(({ textContent }) => textContent)).toEqual(offered);
});

test('a list says how much is open, with how many it is shared, and that it can only be viewed', async () => {
  await open('viewer');
  expect(screen.getByRole('link', { name: /Picnic/ }).textContent).toBe('PicnicYou can view this listShared with 2 others');

  const list_id = client.createList('Garden');
  act(() => {
    client.addItem(list_id, { name: 'Dig' });
    client.addItem(list_id, { name: 'Sow', done: true });
  });
  expect(screen.getByRole('link', { name: 'Garden 1 open item' })).toBeTruthy();
});

test('F2 renames in place: Enter takes the name, Escape does not', async () => {
  const user = await open('editor');
  const rename = async (keys: string) => {
    act(() => screen.getByRole('link', { name: /Picnic|Party/ }).focus());
    await user.keyboard(`{F2}${keys}`);
  };

  await rename('Other{Escape}');
  expect(client.list('picnic')?.name).toBe('Picnic');
  await rename('Party{Enter}');
  expect(client.list('picnic')?.name).toBe('Party');
  expect(document.activeElement).toBe(screen.getByRole('link', { name: /Party/ }));
});

test('a viewer cannot rename', async () => {
  const user = await open('viewer');
  act(() => screen.getByRole('link', { name: /Picnic/ }).focus());

  await user.keyboard('{F2}');

  expect(screen.queryByRole('textbox')).toBeNull();
});

test('a list is made by its name, and is open then', async () => {
  const user = await open('owner');

  await user.click(screen.getByRole('button', { name: 'New list' }));
  await user.keyboard('  Garden {Enter}');

  const made = client.lists().find(({ name }) => name === 'Garden');
  expect(location.pathname).toBe(`/list/${made?.list_id}`);
  await waitFor(() => expect(screen.getByRole('link', { name: 'Garden' }).getAttribute('aria-current')).toBe('page'));
});
