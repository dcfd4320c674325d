// What several people do at the same time, on one list.
import { expect, suite } from './support/suite.js';
import { addItem, annAndBob, check, expectItems, isLive, itemList, itemMenu, nameOf, openDetails, row } from './support/app.js';

const { test } = suite();
const editor = (page) => itemList(page).getByRole('textbox', { name: 'Name' });

/** Begins to write in the name of an item. */
async function beginName(page, name, text) {
  await nameOf(page, name).click();
  await editor(page).fill(text);
}

test('what others do neither moves nor closes what is being written', async (world) => {
  const { ann, bob } = await annAndBob(world, ['Milk', 'Bread', 'Eggs']);
  await beginName(bob.page, 'Eggs', 'Six eg');
  await editor(bob.page).evaluate((field) => field.setSelectionRange(2, 2));
  const before = await editor(bob.page).boundingBox();

  await addItem(ann.page, 'Butter');
  await check(ann.page, 'Milk').click();
  await itemMenu(ann.page, 'Bread', 'Delete');
  await expect(nameOf(bob.page, 'Butter')).toBeVisible();
  await expect(nameOf(bob.page, 'Bread')).toBeHidden();

  await expect(editor(bob.page)).toBeFocused();
  await expect(editor(bob.page)).toHaveValue('Six eg');
  expect(await editor(bob.page).evaluate((field) => field.selectionStart)).toBe(2);
  expect((await editor(bob.page).boundingBox()).x).toBe(before.x);
  await editor(bob.page).fill('Six eggs');
  await editor(bob.page).press('Enter');
  await expect(nameOf(ann.page, 'Six eggs')).toBeVisible();
});

test('two who edit different fields of an item both succeed', async (world) => {
  const { ann, bob } = await annAndBob(world, ['Milk']);
  const details = await openDetails(ann.page, 'Milk');
  await details.getByRole('textbox', { name: 'Description' }).fill('two bottles');
  await beginName(bob.page, 'Milk', 'Oat milk');
  await details.getByRole('textbox', { name: 'Description' }).press('Tab');
  await editor(bob.page).press('Enter');

  for (const { page } of [ann, bob]) {
    await expectItems(page, ['Oat milk']);
    await expect(row(page, 'Oat milk')).toContainText('two bottles');
  }
});

test('who writes a name that another has just changed is shown both, and chooses', async (world) => {
  const { ann, bob } = await annAndBob(world, ['Milk']);
  await beginName(bob.page, 'Milk', 'Soy milk');
  await beginName(ann.page, 'Milk', 'Oat milk');
  await editor(ann.page).press('Enter');

  const note = bob.page.getByRole('group', { name: 'Ann has changed this while you were writing.' });
  await expect(note).toContainText('Soy milk');
  await expect(note).toContainText('Oat milk');
  await note.getByRole('button', { name: 'Keep mine' }).click();

  for (const { page } of [ann, bob]) await expectItems(page, ['Soy milk']);
});

test('edits of the same name without a network are a conflict in place', async (world) => {
  world.expectLostNetwork();
  const { ann, bob } = await annAndBob(world, ['Milk']);
  await bob.context.setOffline(true);
  await beginName(bob.page, 'Milk', 'Soy milk');
  await editor(bob.page).press('Enter');
  await beginName(ann.page, 'Milk', 'Oat milk');
  await editor(ann.page).press('Enter');
  await isLive(ann.page);
  await bob.context.setOffline(false);

  const note = itemList(bob.page).getByRole('group', { name: 'You and somebody else have both changed this: Name.' });
  await expect(note).toContainText('Soy milk');
  await expectItems(bob.page, ['Oat milk']);
  await note.getByRole('button', { name: 'Keep mine' }).click();

  for (const { page } of [ann, bob]) await expectItems(page, ['Soy milk']);
  await expect(note).toBeHidden();
});

test('who edits what another deletes is told, and can bring it back', async (world) => {
  const { ann, bob } = await annAndBob(world, ['Milk', 'Bread']);
  await beginName(bob.page, 'Milk', 'Oat milk');
  await itemMenu(ann.page, 'Milk', 'Delete');

  const note = bob.page.getByRole('group', { name: 'Somebody has deleted this item while you were writing.' });
  await expect(note).toBeVisible();
  await expect(editor(bob.page)).toHaveValue('Oat milk');
  await note.getByRole('button', { name: 'Restore with my change' }).click();

  for (const { page } of [ann, bob]) await expect(nameOf(page, 'Oat milk')).toBeVisible();
});

test('one sees who is there, and who writes where', async (world) => {
  const { ann, bob } = await annAndBob(world, ['Milk']);
  const members = ann.page.getByRole('list', { name: 'Members' });
  await expect(members.getByRole('listitem').filter({ has: ann.page.getByRole('img', { name: 'Bob' }) })).toContainText('Here now');

  await beginName(bob.page, 'Milk', 'Oat m');
  await expect(row(ann.page, 'Milk').getByRole('img', { name: 'Bob' })).toBeVisible();
  await editor(bob.page).press('Escape');
  await expect(row(ann.page, 'Milk').getByRole('img', { name: 'Bob' })).toBeHidden();

  await bob.page.close();
  await expect(members.getByText('Here now')).toHaveCount(1);
});
