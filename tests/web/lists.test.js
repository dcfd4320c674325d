// Lists as a whole: made, renamed, deleted, brought back.
import { expect, suite } from './support/suite.js';
import { addItem, createList, expectItems, fillIn, isLive, listLink, listMenu, openTab, register, sidebar, title, undoByToast } from './support/app.js';

const { test } = suite();

test('a list is made and shown, in other tabs and after a reload too', async (world) => {
  const { page, context } = await register(world, 'Ann');
  const other = await openTab(context);

  await createList(page, 'Picnic');

  await expect(listLink(other, 'Picnic')).toBeVisible();
  await expect(page).toHaveTitle(/Picnic/);
  await isLive(page);
  await page.reload();
  await expect(title(page)).toHaveText('Picnic');
  await page.goto('/');
  await expect(title(page)).toHaveText('Picnic');
});

test('a list is renamed in the side bar and at its title', async (world) => {
  const { page } = await register(world, 'Ann');
  await createList(page, 'Picnic');

  await listMenu(page, 'Picnic', 'Rename');
  await expect(page.getByRole('textbox', { name: 'Name of the list' })).toBeFocused();
  await fillIn(page, { 'Name of the list': 'Lunch' });
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Lunch');
  await expect(listLink(page, 'Lunch')).toBeFocused();

  await title(page).getByRole('button', { name: 'Lunch' }).click();
  await fillIn(page, { 'List name': 'Dinner' });
  await page.keyboard.press('Enter');
  await expect(listLink(page, 'Dinner')).toBeVisible();
});

test('a deleted list comes back by undo, and from the trash, with its items', async (world) => {
  const { page } = await register(world, 'Ann');
  await createList(page, 'Picnic');
  await addItem(page, 'Milk');
  await isLive(page);

  await listMenu(page, 'Picnic', 'Delete');
  await expect(listLink(page, 'Picnic')).toBeHidden();
  await expect(title(page)).toHaveText('My TODOs');
  await undoByToast(page, '“Picnic” is in the trash.');
  await listLink(page, 'Picnic').click();
  await expectItems(page, ['Milk']);

  await listMenu(page, 'Picnic', 'Delete');
  await page.getByRole('link', { name: 'Trash' }).click();
  await page.getByRole('button', { name: 'Restore “Picnic”' }).click();
  await listLink(page, 'Picnic').click();
  await expectItems(page, ['Milk']);
  await page.getByRole('link', { name: 'Trash' }).click();
  await expect(page.getByText('The trash is empty.')).toBeVisible();
});

test('the side bar counts what is open, and Back goes to the list before', async (world) => {
  const { page } = await register(world, 'Ann');
  await createList(page, 'Picnic');
  await addItem(page, 'Milk');
  await addItem(page, 'Bread');

  await expect(listLink(page, 'Picnic')).toContainText('2 open items');
  await listLink(page, 'My TODOs').click();
  await expect(title(page)).toHaveText('My TODOs');
  await page.goBack();
  await expect(title(page)).toHaveText('Picnic');
});

test('a list that there is not is told as such', async (world) => {
  const { page } = await register(world, 'Ann');

  await page.goto('/list/00000000-0000-4000-8000-000000000000');

  await expect(page.getByText('There is no such list')).toBeVisible();
  await page.getByRole('link', { name: 'Go to my lists' }).click();
  await expect(title(page)).toHaveText('My TODOs');
});

test('without any list there is a way to make the first one', async (world) => {
  const { page } = await register(world, 'Ann');
  await listMenu(page, 'My TODOs', 'Delete');

  await expect(page.getByText('You have no lists yet.')).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: 'New list' }).click();
  await page.getByRole('textbox', { name: 'Name of the new list' }).fill('Garden');
  await page.keyboard.press('Enter');

  await expect(title(page)).toHaveText('Garden');
  await expect(sidebar(page).getByRole('listitem')).toHaveCount(1);
});
