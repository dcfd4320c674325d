// The order of items: with a mouse, with a finger, and with the keyboard.
import { expect, suite } from './support/suite.js';
import { addItem, check, expectItems, isLive, itemMenu, openDetails, register, row } from './support/app.js';

const { test } = suite();

async function withThree(world, options) {
  const ann = await register(world, 'Ann', options);
  for (const name of ['Milk', 'Bread', 'Eggs']) await addItem(ann.page, name);
  await expectItems(ann.page, ['Milk', 'Bread', 'Eggs']);
  return ann;
}

async function isKept(page, names) {
  await expectItems(page, names);
  await isLive(page);
  await page.reload();
  await expectItems(page, names);
}

test('an item is dragged to another place with the mouse', async (world) => {
  const { page } = await withThree(world);
  await row(page, 'Milk').hover();
  await page.getByRole('button', { name: 'Move “Milk”' }).hover();
  const target = await row(page, 'Eggs').boundingBox();

  await page.mouse.down();
  await page.mouse.move(target.x + 12, target.y + 5, { steps: 8 });
  await page.mouse.move(target.x + 12, target.y + target.height - 4, { steps: 4 });
  await page.mouse.up();

  await isKept(page, ['Bread', 'Eggs', 'Milk']);
});

test('an item is dragged with the keyboard, and it is told where it would be', async (world) => {
  const { page } = await withThree(world);
  await page.getByRole('button', { name: 'Move “Eggs”' }).focus();

  await page.keyboard.press('Space');
  await expect(page.getByRole('status').filter({ hasText: /“Eggs” (was taken; it is|would be) 3 of 3\./ })).toBeAttached();
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('status').filter({ hasText: '“Eggs” would be 2 of 3.' })).toBeAttached();
  await page.keyboard.press('Space');
  await expect(page.getByRole('status').filter({ hasText: '“Eggs” was put down; it is 2 of 3.' })).toBeAttached();

  await isKept(page, ['Milk', 'Eggs', 'Bread']);
});

test('Alt and an arrow move the current item, and undo puts it back', async (world) => {
  const { page } = await withThree(world);
  await check(page, 'Eggs').focus();

  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Alt+ArrowUp');
  await expectItems(page, ['Eggs', 'Milk', 'Bread']);
  await expect(check(page, 'Eggs')).toBeFocused();
  await expect(page.getByRole('status').filter({ hasText: '“Eggs” is now 1 of 3.' })).toBeAttached();
  await page.keyboard.press('Control+z');

  await isKept(page, ['Milk', 'Eggs', 'Bread']);
});

test('the menu and the details move an item without dragging', async (world) => {
  const { page } = await withThree(world);

  await itemMenu(page, 'Milk', 'Move down');
  await expectItems(page, ['Bread', 'Milk', 'Eggs']);
  const details = await openDetails(page, 'Milk');
  await details.getByRole('button', { name: 'Move up' }).click();

  await isKept(page, ['Milk', 'Bread', 'Eggs']);
});
