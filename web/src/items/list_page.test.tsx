import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, test } from 'vitest';
import { Toasts } from '../ui/toasts';
import { show } from '../testing/show';
import { openPage } from './test_world';

afterEach(cleanup);

const editor = () => screen.getByRole('textbox', { name: 'Name' });
const check = (name: string) => screen.getByRole('checkbox', { name });
const rows = () => within(screen.getByRole('list', { name: /^Items of/ })).getAllByRole('listitem').map((row) => row.dataset['row']);

describe('adding', () => {
  test('Enter adds and the focus stays', async () => {
    const { user, names } = await openPage(['Milk']);
    await user.type(screen.getByLabelText('New item'), 'Bread{Enter}Eggs{Enter}');
    expect(names()).toEqual(['Milk', 'Bread', 'Eggs']);
    expect(screen.getByLabelText('New item')).toBe(document.activeElement);
  });

  test('each pasted line is an item, and all of them are one step', async () => {
    const { user, names, client } = await openPage([]);
    screen.getByLabelText('New item').focus();
    await user.paste('- [ ] Milk\n- [x] Bread\n2. Eggs');
    expect(names()).toEqual(['Milk', 'Bread', 'Eggs']);
    act(() => void client.undo());
    expect(names()).toEqual([]);
  });

  test('what is too long is told and stays to be shortened', async () => {
    const { names } = await openPage([]);
    const field = screen.getByLabelText<HTMLTextAreaElement>('New item');
    fireEvent.change(field, { target: { value: 'x'.repeat(256) } });
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(screen.getByRole('alert').textContent).toBe('This can have 255 characters at most; it has 256.');
    expect(field.value).toHaveLength(256);
    expect(names()).toEqual([]);
  });

  test('what the server refuses comes back into the field', async () => {
    const { user, client, list_id } = await openPage([]);
    await user.type(screen.getByLabelText('New item'), 'Milk{Enter}');
    const item = client.list(list_id)!.items[0]!;
    const error = { event: 'action_error', code: 'limit_exceeded', message: 'The list is full' };
    act(() => client.emit('refused', { op_id: 'o', change: { event: 'add_item', list_id, item_id: item.id, item }, error }));
    expect(screen.getByLabelText<HTMLTextAreaElement>('New item').value).toBe('Milk');
  });
});

describe('writing a name', () => {
  test('a click begins, Enter saves, Escape gives up', async () => {
    const { user, names } = await openPage(['Milk']);
    await user.click(screen.getByRole('button', { name: 'Milk' }));
    await user.type(editor(), ' 2%{Enter}');
    expect(names()).toEqual(['Milk 2%']);
    expect(check('Milk 2%')).toBe(document.activeElement);
    await user.keyboard('{F2}x{Escape}');
    expect(names()).toEqual(['Milk 2%']);
  });

  test('an empty name is told', async () => {
    const { user, names } = await openPage(['Milk']);
    await user.click(screen.getByRole('button', { name: 'Milk' }));
    await user.clear(editor());
    await user.keyboard('{Enter}');
    expect(screen.getByRole('alert').textContent).toBe('An item needs a name.');
    expect(names()).toEqual(['Milk']);
  });

  test('others neither take the focus nor the text, and nothing changes its place', async () => {
    const { user, bobChanges, bobAdds } = await openPage(['Milk', 'Bread', 'Eggs']);
    await user.click(screen.getByRole('button', { name: 'Bread' }));
    await user.type(editor(), '!');
    await bobChanges('item-2', { position: 'A' });
    await bobAdds('Rye', 'Z');
    await bobChanges('item-1', { done: true, status: 'completed' });
    expect(rows()).toEqual(['item-0', 'item-1', 'item-2', 'Rye']);
    expect(editor()).toBe(document.activeElement);
    await user.keyboard('?{Enter}');
    expect(rows()).toEqual(['item-2', 'Rye', 'item-0', 'completed']);
  });

  test('of two names both are shown, and one is chosen', async () => {
    const { user, bobChanges, names } = await openPage(['Milk']);
    await user.click(screen.getByRole('button', { name: 'Milk' }));
    await user.type(editor(), ' of oats');
    await bobChanges('item-0', { name: 'Soy milk' });
    await user.keyboard('{Enter}');
    expect(names()).toEqual(['Soy milk']);
    const choice = screen.getByRole('group', { name: 'Bob has changed this while you were writing.' });
    expect(choice.textContent).toContain('Milk of oats');
    await user.click(within(choice).getByRole('button', { name: 'Keep mine' }));
    expect(names()).toEqual(['Milk of oats']);
  });

  test('what others delete meanwhile stays until it is decided', async () => {
    const { user, bobDeletes, names } = await openPage(['Milk']);
    await user.click(screen.getByRole('button', { name: 'Milk' }));
    await user.type(editor(), '!');
    await bobDeletes('item-0');
    expect(editor()).toBe(document.activeElement);
    await user.click(screen.getByRole('button', { name: 'Restore with my change' }));
    expect(names()).toEqual(['Milk!']);
  });
});

describe('keys', () => {
  test('arrows go, Space checks and stays in place, Alt with arrows moves', async () => {
    const { user, names, client, list_id, idOf } = await openPage(['Milk', 'Bread', 'Eggs']);
    await user.keyboard('jj');
    expect(check('Bread')).toBe(document.activeElement);
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    expect(names()).toEqual(['Bread', 'Milk', 'Eggs']);
    expect(check('Bread')).toBe(document.activeElement);
    await user.keyboard(' ');
    expect(client.item(list_id, idOf('Bread'))?.done).toBe(true);
    expect(check('Milk')).toBe(document.activeElement);
  });

  test('Delete deletes, and the next row has the focus', async () => {
    const { user, names } = await openPage(['Milk', 'Bread', 'Eggs']);
    await user.keyboard('jj{Delete}');
    expect(names()).toEqual(['Milk', 'Eggs']);
    expect(check('Eggs')).toBe(document.activeElement);
  });

  test('in another order nothing is moved, and that is said', async () => {
    const page = await openPage(['Milk', 'Bread']);
    await show(<Toasts />, page.client);
    await page.user.click(screen.getByRole('button', { name: 'Filter and sort' }));
    await page.user.click(screen.getByRole('menuitemradio', { name: 'Name' }));
    await page.user.keyboard('{Escape}');
    act(() => check('Bread').focus());
    await page.user.keyboard('{Alt>}{ArrowDown}{/Alt}');
    expect(page.names()).toEqual(['Milk', 'Bread']);
    expect(screen.getByText(/Items can be moved when/)).toBeTruthy();
  });
});

test('undo leaves what others have changed since, and says so', async () => {
  const page = await openPage(['Milk']);
  await show(<Toasts />, page.client);
  await page.user.click(screen.getByRole('button', { name: 'Milk' }));
  await page.user.type(editor(), '!{Enter}');
  const change = page.client.list(page.list_id)!.items[0]!;
  page.client['store']['outbox']['operations'].length = 0;
  await page.bobChanges(change.id, { name: 'Soy milk' });
  await page.user.keyboard('{Control>}z{/Control}');
  expect(screen.getByText(/Nothing was undone/)).toBeTruthy();
  expect(page.names()).toEqual(['Soy milk']);
});

test('a viewer sees everything and has nothing to change it with', async () => {
  const { user } = await openPage(['Milk'], 'viewer');
  expect(screen.queryByRole('checkbox')).toBeNull();
  expect(screen.queryByLabelText('New item')).toBeNull();
  expect(screen.queryByRole('button', { name: /Move|What to do/ })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Milk' }));
  expect(screen.getByRole('complementary', { name: 'Details' }).querySelector('input, textarea')).toBeNull();
});

test('a list that is taken away says so and shows the way out', async () => {
  const { isTakenAway } = await openPage(['Milk']);
  await isTakenAway();
  expect(screen.getByText('This list is no longer yours to see')).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Go to my lists' }).getAttribute('href')).toBe('/');
});

test('completed items are folded away and counted', async () => {
  const { user } = await openPage(['Milk', 'Bread']);
  await user.click(check('Milk'));
  const fold = screen.getByRole('button', { name: 'Completed (1)' });
  expect(screen.queryByRole('checkbox', { name: 'Milk' })).toBeNull();
  await user.click(fold);
  expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'Milk' }).checked).toBe(true);
});
