// What one does with the items of a list.
import { expect, suite } from './support/suite.js';
import {
  addItem, check, expectItems, isLive, itemList, itemMenu, nameOf, openDetails, paste, quickAdd, register, row, undoByToast,
} from './support/app.js';

const { test } = suite();

async function withItems(world, ...names) {
  const ann = await register(world, 'Ann');
  for (const name of names) await addItem(ann.page, name);
  await expectItems(ann.page, names);
  return ann;
}

test('items are added one after another, and are there after a reload', async (world) => {
  const { page } = await withItems(world);
  await expect(page.getByText('Nothing here yet')).toBeVisible();

  await quickAdd(page).click();
  for (const name of ['Milk', 'Bread', '  Eggs  ']) {
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
  }

  await expectItems(page, ['Milk', 'Bread', 'Eggs']);
  await expect(quickAdd(page)).toBeFocused();
  await expect(quickAdd(page)).toHaveValue('');
  await isLive(page);
  await page.reload();
  await expectItems(page, ['Milk', 'Bread', 'Eggs']);
});

test('a pasted list becomes items, and one step takes them back', async (world) => {
  const { page } = await withItems(world, 'Milk');
  await quickAdd(page).click();

  await paste(page, '- [ ] Bread\n- [x] Eggs\n\n• Butter\n');

  await expectItems(page, ['Milk', 'Bread', 'Butter']);
  await expect(page.getByRole('button', { name: 'Completed (1)' })).toBeVisible();
  await undoByToast(page, '3 items were added.');
  await expectItems(page, ['Milk']);
});

test('an item that is too long is refused with a sentence and stays where it was written', async (world) => {
  const { page } = await withItems(world);

  await addItem(page, 'x'.repeat(600));

  await expect(page.getByRole('alert').filter({ hasText: /characters at most/ })).toBeVisible();
  await expect(quickAdd(page)).toHaveValue('x'.repeat(600));
  await expectItems(page, []);
});

test('a name is edited in place; Escape leaves it as it was', async (world) => {
  const { page } = await withItems(world, 'Milk');

  await nameOf(page, 'Milk').click();
  const field = itemList(page).getByRole('textbox', { name: 'Name' });
  await expect(field).toBeFocused();
  await field.fill('Oat milk');
  await field.press('Enter');
  await expectItems(page, ['Oat milk']);

  await nameOf(page, 'Oat milk').click();
  await field.fill('Nothing');
  await field.press('Escape');
  await expectItems(page, ['Oat milk']);
  await nameOf(page, 'Oat milk').click();
  await field.fill(' ');
  await field.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: 'An item needs a name.' })).toBeVisible();
});

test('what is checked off goes to the completed section, which folds', async (world) => {
  const { page } = await withItems(world, 'Milk', 'Bread');

  await check(page, 'Milk').click();

  const header = page.getByRole('button', { name: 'Completed (1)' });
  await expect(header).toBeVisible();
  if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
  await expectItems(page, ['Bread', 'Milk']);
  await expect(check(page, 'Milk')).toBeChecked();
  await header.click();
  await expectItems(page, ['Bread']);
  await header.click();
  await check(page, 'Milk').click();
  await expectItems(page, ['Milk', 'Bread']);
  await expect(header).toBeHidden();
});

test('details are written as they are typed', async (world) => {
  world.expectErrors(/example\.org\/milk/);  // the preview of a link to nowhere
  const { page } = await withItems(world, 'Milk');
  const details = await openDetails(page, 'Milk');

  await details.getByRole('textbox', { name: 'Description' }).fill('Two bottles\nof the fresh one');
  await details.getByRole('button', { name: 'Tomorrow' }).click();
  await details.getByRole('textbox', { name: 'Link' }).fill('https://example.org/milk.html');
  await details.getByRole('textbox', { name: 'Name' }).fill('Fresh milk');
  await details.getByRole('textbox', { name: 'Name' }).press('Tab');
  await details.getByRole('button', { name: 'Close' }).click();

  await expect(details).toBeHidden();
  await expectItems(page, ['Fresh milk']);
  await expect(row(page, 'Fresh milk')).toContainText('Two bottles');
  await expect(row(page, 'Fresh milk')).toContainText(/tomorrow/i);
  await isLive(page);
  await page.reload();
  const again = await openDetails(page, 'Fresh milk');
  await expect(again.getByRole('textbox', { name: 'Description' })).toHaveValue('Two bottles\nof the fresh one');
  await expect(again.getByRole('textbox', { name: 'Link' })).toHaveValue('https://example.org/milk.html');
});

test('a deleted item comes back by undo, and from the trash', async (world) => {
  const { page } = await withItems(world, 'Milk', 'Bread');

  await itemMenu(page, 'Milk', 'Delete');
  await expectItems(page, ['Bread']);
  await undoByToast(page, '“Milk” was deleted.');
  await expectItems(page, ['Milk', 'Bread']);

  await itemMenu(page, 'Bread', 'Delete');
  await isLive(page);
  await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Deleted items' }).click();
  await page.getByRole('dialog', { name: 'Deleted items' }).getByRole('button', { name: 'Restore “Bread”' }).click();
  await page.keyboard.press('Escape');
  await expectItems(page, ['Milk', 'Bread']);
});

test('steps are taken back and made again with the keyboard', async (world) => {
  const { page } = await withItems(world, 'Milk');
  await check(page, 'Milk').focus();

  await page.keyboard.press('Control+z');
  await expectItems(page, []);
  await page.keyboard.press('Control+Shift+z');
  await expectItems(page, ['Milk']);
});

test('search, filters and sorting show what was asked for, and say so', async (world) => {
  const { page } = await withItems(world, 'Milk', 'Bread', 'Almond milk');
  await check(page, 'Bread').click();

  await page.getByRole('textbox', { name: 'Search' }).fill('milk');
  await expectItems(page, ['Milk', 'Almond milk']);
  await expect(page.getByRole('status').filter({ hasText: '2 found' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Search' }).fill('nothing like it');
  await expect(page.getByText('No item of this list is like that.')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the search' }).click();

  const view = page.getByRole('button', { name: 'Filter and sort' });
  await view.click();
  await page.getByRole('menuitemradio', { name: 'Name' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('status').filter({ hasText: 'Sorted by: Name' })).toBeVisible();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await view.click();
  await page.getByRole('menuitemradio', { name: 'Completed items' }).click();
  await page.keyboard.press('Escape');
  await expectItems(page, ['Bread']);
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect(check(page, 'Milk')).toBeVisible();
});
