// Accounts: making one, signing in and out, several tabs, and the account page.
import { token } from '../e2e/support/token.js';
import { expect, suite } from './support/suite.js';
import { addItem, expectItems, fillIn, isLive, openTab, password, register, signIn, title, toast } from './support/app.js';

const { test } = suite();
const signInForm = (page) => page.getByRole('heading', { name: 'Sign in', level: 1 });

async function signOut(page) {
  await page.goto('/account');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(signInForm(page)).toBeVisible();
}

test('one registers, signs out, and signs in again', async (world) => {
  world.expectErrors(/auth\/refresh/);  // the connection that ends asks once more
  const ann = await register(world, 'Ann');
  await expect(title(ann.page)).toHaveText('My TODOs');
  await addItem(ann.page, 'Milk');
  await isLive(ann.page);

  await signOut(ann.page);
  await expect.poll(() => ann.page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
  await signIn(ann.page, ann);

  await isLive(ann.page);
  await ann.page.goto('/');
  await expectItems(ann.page, ['Milk']);
});

test('forms say what is wrong in sentences, at the field', async (world) => {
  world.expectErrors(/status of 40[01]/);
  const ann = await register(world, 'Ann');
  const page = await openTab(await world.context());
  await signIn(page, ann, 'not this one');
  await expect(page.getByText('The e-mail address or the password is wrong.')).toBeVisible();

  await page.getByRole('link', { name: 'Create an account' }).click();
  await fillIn(page, { Name: 'Ann', 'E-mail': 'nonsense', Password: 'short' });
  await page.getByRole('button', { name: 'Create an account' }).click();
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toHaveAccessibleDescription('This is not an e-mail address.');
  await expect(page.getByRole('textbox', { name: 'Password' })).toHaveAccessibleDescription(/Use at least 8 characters|Use 8 to/);
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toBeFocused();
  await fillIn(page, { 'E-mail': ann.email, Password: password });
  await page.getByRole('button', { name: 'Create an account' }).click();
  await expect(page.getByText('There is an account with this address already.')).toBeVisible();
});

test('tabs of one browser sign in and out together', async (world) => {
  world.expectErrors(/status of 401/);
  const context = await world.context();
  const second = await openTab(context);
  const ann = await register(world, 'Ann', { context });
  await isLive(second);
  await addItem(ann.page, 'Milk');
  await expectItems(second, ['Milk']);

  await signOut(ann.page);

  await expect(signInForm(second)).toBeVisible();
});

test('signing out everywhere ends other browsers too', async (world) => {
  world.expectErrors(/status of 401/);
  const ann = await register(world, 'Ann');
  const other = await openTab(await world.context());
  await signIn(other, ann);
  await isLive(other);

  await ann.page.goto('/account');
  await ann.page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await ann.page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();

  await expect(signInForm(ann.page)).toBeVisible();
  await expect(other.getByText('Your session has ended.')).toBeVisible();
  await expect(other.getByRole('textbox', { name: 'E-mail' })).toHaveValue(ann.email);
});

test('the name and the password are changed on the account page', async (world) => {
  world.expectErrors(/status of 40[01]/);
  const ann = await register(world, 'Ann');
  const { page } = ann;
  await page.goto('/account');
  await expect(page.getByText(ann.email)).toBeVisible();
  await fillIn(page, { Name: 'Anna' });
  await page.getByRole('button', { name: 'Save the name' }).click();
  await expect(toast(page, 'Your name is saved.')).toBeVisible();
  await expect(page.getByRole('link', { name: /Anna/ })).toBeVisible();

  await fillIn(page, { 'Current password': 'not this one', 'New password': 'another good password' });
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await fillIn(page, { 'Current password': password, 'New password': 'another good password' });
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(toast(page, 'Your password is changed.')).toBeVisible();

  const other = await openTab(await world.context());
  await signIn(other, ann, 'another good password');
  await isLive(other);
});

test('theme and language are chosen on the account page, and kept', async (world) => {
  const { page } = await register(world, 'Ann');
  await page.goto('/account');
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();

  await page.getByText('Dark', { exact: true }).click();
  await expect.poll(ground).not.toBe(light);
  await page.getByRole('combobox', { name: 'Language' }).selectOption('中文');
  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
  await page.reload();

  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
  await expect.poll(ground).not.toBe(light);
});

test('a token that ends is renewed without anybody noticing', async (world) => {
  // The server's tokens are good for a quarter of an hour. These are the same, but end in some seconds.
  const context = await world.context();
  let given = 0;
  await context.route(/\/auth\/(login|refresh)$/, async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    if (answer.access_token) {
      const { sub, ...claims } = JSON.parse(Buffer.from(answer.access_token.split('.')[1], 'base64url'));
      answer.access_token = token(sub, { ...claims, exp: Math.floor(Date.now() / 1000) + 4 });
      ++given;
    }
    await route.fulfill({ response, json: answer });
  });
  const { page } = await register(world, 'Ann', { context });

  await expect.poll(() => given).toBeGreaterThan(3);

  await addItem(page, 'Milk');
  await isLive(page);
  await expectItems(page, ['Milk']);
});

test('a login that ended while nobody was here asks to sign in again, and keeps what was changed', async (world) => {
  world.expectErrors(/status of 401/);
  world.expectLostNetwork();
  const ann = await register(world, 'Ann');
  await isLive(ann.page);
  await ann.context.setOffline(true);
  await addItem(ann.page, 'Milk');
  await expectItems(ann.page, ['Milk']);
  const other = await openTab(await world.context());
  await signIn(other, ann);
  await isLive(other);
  await other.goto('/account');
  await other.getByRole('button', { name: 'Sign out everywhere' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(signInForm(other)).toBeVisible();

  await ann.context.setOffline(false);

  await expect(ann.page.getByText('Your session has ended.')).toBeVisible();
  await signIn(ann.page, ann);
  await isLive(ann.page);
  await expectItems(ann.page, ['Milk']);
});
