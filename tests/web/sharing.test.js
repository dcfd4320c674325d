// Lists of several people: invitations, links, roles, and what becomes of somebody who is removed.
import { expect, suite } from './support/suite.js';
import {
  addItem, annAndBob, check, createList, expectItems, fillIn, isLive, itemList, listLink, listMenu, nameOf, openTab, password, quickAdd, register,
  title,
} from './support/app.js';

const { test } = suite();

async function openSharing(page, name) {
  await page.getByRole('main').getByRole('button', { name: 'Share' }).click();
  return page.getByRole('dialog', { name: `Share “${name}”` });
}

const member = (dialog, name) => dialog.getByRole('listitem').filter({ hasText: name });

/** Makes a link in that dialog; its address. */
async function createLink(dialog, role) {
  await dialog.getByRole('combobox', { name: 'What they may do' }).nth(1).selectOption(role);
  await dialog.getByRole('button', { name: 'Create a link' }).click();
  const address = dialog.getByRole('textbox', { name: 'New link' });
  await expect(address).toHaveValue(/\/join\//);
  return address.inputValue();
}

test('who is invited by e-mail has the list at once, and both work on it', async (world) => {
  const { ann, bob } = await annAndBob(world, ['Milk']);

  await addItem(bob.page, 'Bread');
  await expectItems(ann.page, ['Milk', 'Bread']);
  await check(ann.page, 'Bread').click();
  await expect(bob.page.getByRole('button', { name: 'Completed (1)' })).toBeVisible();
  await expect(listLink(bob.page, 'Picnic')).toContainText('Shared with 1 other');
});

test('who has no account yet is invited by e-mail, and finds the list after registering', async (world) => {
  const ann = await register(world, 'Ann');
  await createList(ann.page, 'Picnic');
  await isLive(ann.page);
  const dialog = await openSharing(ann.page, 'Picnic');
  await dialog.getByRole('textbox', { name: 'Invite by e-mail' }).fill('cat@example.org');
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await expect(dialog.getByText('cat@example.org can open this list now, or as soon as there is an account with this address.')).toBeVisible();

  const page = await openTab(await world.context(), '/register');
  await fillIn(page, { Name: 'Cat', 'E-mail': 'cat@example.org', Password: password });
  await page.getByRole('button', { name: 'Create an account' }).click();

  await listLink(page, 'Picnic').click();
  await expect(title(page)).toHaveText('Picnic');
});

test('a link lets its holder in after they have registered, and not when it was revoked', async (world) => {
  world.expectErrors(/status of 40[01]/);
  const ann = await register(world, 'Ann');
  await createList(ann.page, 'Picnic');
  await addItem(ann.page, 'Milk');
  await isLive(ann.page);
  const dialog = await openSharing(ann.page, 'Picnic');
  const address = await createLink(dialog, 'Can edit');

  const bob = await openTab(await world.context(), new URL(address).pathname);
  await expect(bob.getByText('You have been invited to a list.')).toBeVisible();
  await bob.getByRole('link', { name: 'Create an account' }).click();
  await fillIn(bob, { Name: 'Bob', 'E-mail': 'bob@example.net', Password: password });
  await bob.getByRole('button', { name: 'Create an account' }).click();
  await bob.getByRole('button', { name: 'Join the list' }).click();
  await expect(title(bob)).toHaveText('Picnic');
  await expectItems(bob, ['Milk']);
  await expect(member(dialog, 'Bob')).toBeVisible();

  await dialog.getByRole('button', { name: /^Revoke the link/ }).click();
  await expect(dialog.getByRole('button', { name: /^Revoke the link/ })).toHaveCount(0);
  const cat = await register(world, 'Cat');
  await cat.page.goto(new URL(address).pathname);
  await cat.page.getByRole('button', { name: 'Join the list' }).click();
  await expect(cat.page.getByRole('alert').filter({ hasText: /not valid|revoked/ })).toBeVisible();
  expect(new URL(address).origin).toBe(world.server.url);
});

test('a viewer sees everything and can change nothing; with another role, they can', async (world) => {
  const { ann, bob } = await annAndBob(world, [], { role: 'Can view' });
  await addItem(ann.page, 'Milk');

  await expect(itemList(bob.page).getByRole('button', { name: 'Milk', exact: true })).toBeVisible();
  await expect(quickAdd(bob.page)).toBeHidden();
  await expect(itemList(bob.page).getByRole('checkbox')).toHaveCount(0);
  await expect(itemList(bob.page).getByRole('img', { name: 'Open' })).toBeVisible();

  const dialog = await openSharing(ann.page, 'Picnic');
  await dialog.getByRole('combobox', { name: 'What Bob may do' }).selectOption('Can edit');
  await expect(check(bob.page, 'Milk')).toBeEnabled();
  await check(bob.page, 'Milk').click();
  await expect(ann.page.getByRole('button', { name: 'Completed (1)', includeHidden: true })).toBeAttached();
});

test('whoever is removed loses the list at once, with a sentence', async (world) => {
  const { ann, bob } = await annAndBob(world, ['Milk']);
  const dialog = await openSharing(ann.page, 'Picnic');

  await dialog.getByRole('button', { name: 'More for Bob' }).click();
  await ann.page.getByRole('menuitem', { name: 'Remove' }).click();
  await ann.page.getByRole('dialog', { name: 'Remove Bob?' }).getByRole('button', { name: 'Remove' }).click();

  await expect(bob.page.getByText('This list is no longer yours to see')).toBeVisible();
  await expect(listLink(bob.page, 'Picnic')).toBeHidden();
  await expect(nameOf(bob.page, 'Milk')).toBeHidden();
  await expect(member(dialog, 'Bob')).toBeHidden();
});

test('a list goes to another owner, who then decides', async (world) => {
  const { ann, bob } = await annAndBob(world);
  const dialog = await openSharing(ann.page, 'Picnic');

  await dialog.getByRole('button', { name: 'More for Bob' }).click();
  await ann.page.getByRole('menuitem', { name: 'Make owner' }).click();
  await ann.page.getByRole('dialog', { name: 'Make Bob the owner?' }).getByRole('button', { name: 'Make owner' }).click();

  await expect(member(dialog, 'Bob')).toContainText('Owner');
  await expect(dialog.getByText('Only Bob, who owns this list, can share it with others.')).toBeVisible();
  const his = await openSharing(bob.page, 'Picnic');
  await expect(his.getByRole('combobox', { name: 'What Ann may do' })).toBeVisible();
});

test('a member leaves a list, and its owner sees that', async (world) => {
  const { ann, bob } = await annAndBob(world);

  await listMenu(bob.page, 'Picnic', 'Leave');
  await bob.page.getByRole('dialog', { name: 'Leave “Picnic”?' }).getByRole('button', { name: 'Leave' }).click();

  await expect(listLink(bob.page, 'Picnic')).toBeHidden();
  await expect(title(bob.page)).toHaveText('My TODOs');
  await expect(listLink(ann.page, 'Picnic')).not.toContainText('Shared');
});

test('a list cannot be shared with oneself, or with what is no address', async (world) => {
  const ann = await register(world, 'Ann');
  await isLive(ann.page);
  const dialog = await openSharing(ann.page, 'My TODOs');
  const field = dialog.getByRole('textbox', { name: 'Invite by e-mail' });

  await field.fill('nonsense');
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await expect(field).toHaveAccessibleDescription('This is not an e-mail address.');
  await field.fill(ann.email);
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await expect(dialog.getByText('This is you, and the list is yours already.')).toBeVisible();
});
