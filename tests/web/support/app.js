// Steps that people take in the app, found by role and name as a screen reader finds them.
import { patience } from '../../e2e/support/deadline.js';
import { expect } from './suite.js';

export const password = 'correct horse battery staple';
let people = 0;

/** A new account, signed in with a browser of its own; `options` are those of the browser, or `context`, a browser that is there. */
export async function register(world, name, { context, ...options } = {}) {
  const browser = context ?? (await world.context(options));
  const person = { name, email: `${name.toLowerCase()}-${++people}@example.org`, context: browser, page: await browser.newPage() };
  await person.page.goto('/register');
  await fillIn(person.page, { Name: name, 'E-mail': person.email, Password: password });
  await person.page.getByRole('button', { name: 'Create an account' }).click();
  await expect(title(person.page)).toHaveText('My TODOs');
  await isLive(person.page);
  return person;
}

/** Signs in on the page that asks for it. */
export async function signIn(page, { email }, secret = password) {
  await fillIn(page, { 'E-mail': email, Password: secret });
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

export async function fillIn(page, fields) {
  for (const [label, text] of Object.entries(fields)) await page.getByRole('textbox', { name: label, exact: true }).fill(text);
}

/** Waits until the page says that the server has everything; on a phone it then says nothing. */
export async function isLive(page, timeout = patience) {
  const isWide = await page.evaluate(() => window.innerWidth >= 768);
  if (isWide) return expect(page.getByRole('status').filter({ hasText: 'All changes saved' }).first()).toBeVisible({ timeout });
  return expect(page.getByRole('status').filter({ hasText: /Connecting|Offline|waiting/ })).toHaveCount(0, { timeout });
}

/** Another tab of the same browser, at this path. */
export async function openTab(context, path = '/') {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

export const sidebar = (page) => page.getByRole('navigation', { name: 'Lists' });
export const listLink = (page, name) => sidebar(page).getByRole('link', { name: new RegExp(`^${name}\\b`) });
export const title = (page) => page.getByRole('main').getByRole('heading', { level: 1 });

/** Makes a list and goes there. */
export async function createList(page, name) {
  await sidebar(page).getByRole('button', { name: 'New list' }).click();
  await page.getByRole('textbox', { name: 'Name of the new list' }).fill(name);
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText(name);
}

/** Chooses from a list's menu in the side bar. */
export async function listMenu(page, name, entry) {
  await listLink(page, name).hover();
  await sidebar(page).getByRole('button', { name: `More for “${name}”` }).click();
  await page.getByRole('menuitem', { name: entry }).click();
}

/** Invites `other` by e-mail to the list that is open, and has them open it. */
export async function share(page, other, name, role = 'Can edit') {
  await page.getByRole('main').getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog', { name: `Share “${name}”` });
  await dialog.getByRole('combobox', { name: 'What they may do' }).first().selectOption(role);
  await dialog.getByRole('textbox', { name: 'Invite by e-mail' }).fill(other.email);
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await expect(dialog.getByRole('listitem').filter({ hasText: other.name })).toBeVisible();
  await page.keyboard.press('Escape');
  await listLink(other.page, name).click();
  await expect(title(other.page)).toHaveText(name);
}

/** Ann and Bob with a list that both have open, and that has these items. */
export async function annAndBob(world, items = [], { role } = {}) {
  const [ann, bob] = [await register(world, 'Ann'), await register(world, 'Bob')];
  await createList(ann.page, 'Picnic');
  await isLive(ann.page);
  await share(ann.page, bob, 'Picnic', role);
  for (const name of items) await addItem(ann.page, name);
  for (const { page } of [ann, bob]) await expectItems(page, items);
  return { ann, bob };
}

export const quickAdd = (page) => page.getByRole('textbox', { name: 'New item' });

export async function addItem(page, name) {
  await quickAdd(page).fill(name);
  await quickAdd(page).press('Enter');
}

/** Puts the text into the clipboard of the field that has the focus, as Ctrl+V does. */
export function paste(page, text) {
  return page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData('text/plain', pasted);
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

export const itemList = (page) => page.getByRole('list', { name: /^Items of / });
export const check = (page, name) => itemList(page).getByRole('checkbox', { name, exact: true });
export const nameOf = (page, name) => itemList(page).getByRole('button', { name, exact: true });
export const row = (page, name) => itemList(page).getByRole('listitem').filter({ has: page.getByRole('checkbox', { name, exact: true }) });

/** Waits until these are the items on the page, in this order. */
export function expectItems(page, names) {
  const read = async () => {
    const seen = await page.getByRole('main').ariaSnapshot();
    return [...seen.matchAll(/- checkbox "(.*?)"/g)].map(([, name]) => name);
  };
  return expect.poll(read).toEqual(names);
}

/** Chooses from an item's menu. */
export async function itemMenu(page, name, entry) {
  await row(page, name).hover();
  await page.getByRole('button', { name: `What to do with “${name}”` }).click();
  await page.getByRole('menuitem', { name: entry }).click();
}

/** Opens the details of an item; what they are in. */
export async function openDetails(page, name) {
  await page.getByRole('button', { name: `Details of “${name}”` }).click();
  const details = page.getByRole('complementary', { name: 'Details' }).or(page.getByRole('dialog', { name: 'Details' }));
  await expect(details).toBeVisible();
  return details;
}

/** A message in the corner; who cannot see it hears it, too. */
export const toast = (page, text) => page.getByText(text).filter({ visible: true }).first();

/** Takes back what that message tells. */
export async function undoByToast(page, text) {
  await expect(toast(page, text)).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).last().click();
}
