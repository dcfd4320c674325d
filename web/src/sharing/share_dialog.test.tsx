import { RequestError, type Client } from '@collab-todo/client';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { clientWith, sharedList, show } from '../testing/show';
import { ShareDialog } from './share_dialog';

let client: Client;
afterEach(async () => {
  cleanup();
  await client.close();
});

const link = { link_id: 'l', role: 'viewer', expires_at: null, created_at: '2026-01-01T00:00:00Z' } as const;

async function open(role: 'owner' | 'editor' | 'viewer') {
  client = await clientWith(sharedList(role));
  const sharing = {
    links: vi.spyOn(client.sharing, 'links').mockResolvedValue([link]),
    share: vi.spyOn(client.sharing, 'share').mockResolvedValue(),
    unshare: vi.spyOn(client.sharing, 'unshare').mockResolvedValue(),
    transfer: vi.spyOn(client.sharing, 'transfer').mockResolvedValue(),
    revokeLink: vi.spyOn(client.sharing, 'revokeLink').mockResolvedValue(),
  };
  await show(<ShareDialog list_id="picnic" onClose={() => undefined} />, client);
  return { sharing, user: userEvent.setup() };
}

test('the owner is offered everything', async () => {
  const { sharing } = await open('owner');

  expect(screen.getByLabelText('Invite by e-mail')).toBeTruthy();
  expect(screen.getByRole('combobox', { name: 'What Bob may do' })).toBeTruthy();
  expect(await screen.findByText('Good until it is revoked')).toBeTruthy();
  expect(sharing.links).toHaveBeenCalledWith('picnic');
});

test.each(['editor', 'viewer'] as const)('a member as %s sees who is in the list, and is offered nothing else', async (role) => {
  const { sharing } = await open(role);

  expect(screen.getByText('Only Ann, who owns this list, can share it with others.')).toBeTruthy();
  expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    'AAnnOwner',
    ...(role === 'editor' ? ['MMe (you)Can edit', 'BBobCan view'] : ['MMe (you)Can view', 'BBobCan view']),
  ]);
  expect(screen.queryAllByRole('combobox')).toEqual([]);
  expect(screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'))).toEqual(['Close']);
  expect(sharing.links).not.toHaveBeenCalled();
});

test('a list that the server does not have yet says so', async () => {
  client = await clientWith();
  const list_id = client.createList('Offline');
  await show(<ShareDialog list_id={list_id} onClose={() => undefined} />, client);

  expect(screen.getByText(/only on this device so far/)).toBeTruthy();
  expect(screen.queryByLabelText('Invite by e-mail')).toBeNull();
});

test('an invitation goes to the address with the role, and what is wrong with it stands at the field', async () => {
  const { sharing, user } = await open('owner');
  const email = screen.getByLabelText('Invite by e-mail');

  await user.type(email, 'not an address{Enter}');
  expect(email.getAttribute('aria-invalid')).toBe('true');
  expect(document.activeElement).toBe(email);
  expect(sharing.share).not.toHaveBeenCalled();

  await user.clear(email);
  await user.selectOptions(screen.getAllByRole('combobox', { name: 'What they may do' })[0]!, 'viewer');
  await user.type(email, 'cleo@example.org{Enter}');
  expect(sharing.share).toHaveBeenCalledWith('picnic', { email: 'cleo@example.org' }, 'viewer');
  expect(await screen.findByText(/^cleo@example.org can open this list/)).toBeTruthy();
  expect((email as HTMLInputElement).value).toBe('');
});

test('another role is given at once; a refusal is a sentence', async () => {
  const { sharing, user } = await open('owner');
  const role = screen.getByRole('combobox', { name: 'What Bob may do' });

  sharing.share.mockRejectedValueOnce(new RequestError({ event: 'e', code: 'gone', message: 'This user is no longer a member of the list' }));
  await user.selectOptions(role, 'editor');

  expect(sharing.share).toHaveBeenCalledWith('picnic', { user_id: 'bob' }, 'editor');
  expect((await screen.findByRole('alert')).textContent).toBe('They are no longer a member of this list.');
  expect((role as HTMLSelectElement).value).toBe('viewer');
});

test('nobody is removed or made owner without a question', async () => {
  const { sharing, user } = await open('owner');

  await user.click(screen.getByRole('button', { name: 'More for Bob' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Make owner' }));
  const dialog = screen.getByRole('dialog', { name: 'Make Bob the owner?' });
  expect(sharing.transfer).not.toHaveBeenCalled();
  await user.click(within(dialog).getByRole('button', { name: 'Make owner' }));

  expect(sharing.transfer).toHaveBeenCalledWith('picnic', 'bob');
  await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Make Bob the owner?' })).toBeNull());
});

test('a link is revoked, and the links are looked up again', async () => {
  const { sharing, user } = await open('owner');
  sharing.links.mockResolvedValue([]);

  await user.click(await screen.findByRole('button', { name: /^Revoke the link “Can view”/ }));

  expect(sharing.revokeLink).toHaveBeenCalledWith('l');
  await waitFor(() => expect(screen.queryByText('Good until it is revoked')).toBeNull());
});
