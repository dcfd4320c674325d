// Without a network, or without a server: the app goes on, and catches up.
import { expect, suite } from './support/suite.js';
import { addItem, annAndBob, check, createList, expectItems, isLive, listLink, openTab, register, title } from './support/app.js';

const { test } = suite();
const says = (page, text) => expect(page.getByRole('status').filter({ hasText: text }).first()).toBeVisible();

/** Waits until the lists that the browser keeps have this in them: they are written a moment after they are shown. */
const isKept = (page, text) => expect.poll(() => page.evaluate(async () => {
  const request = (asked) => new Promise((resolve, reject) => Object.assign(asked, { onsuccess: () => resolve(asked.result), onerror: () => reject(asked.error) }));
  const texts = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await request(indexedDB.open(name));
    texts.push(JSON.stringify(await request(database.transaction('lists').objectStore('lists').getAll())));
    database.close();
  }
  return texts.join();
})).toContain(text);

test('changes without a network are seen at once, counted, and sent later', async (world) => {
  world.expectLostNetwork();
  const { ann, bob } = await annAndBob(world, ['Milk']);
  await bob.context.setOffline(true);
  await says(bob.page, 'Offline');

  await addItem(bob.page, 'Bread');
  await check(bob.page, 'Milk').click();
  await says(bob.page, '2 changes waiting');
  await addItem(ann.page, 'Eggs');
  await isLive(ann.page);
  await expectItems(ann.page, ['Milk', 'Eggs']);
  await bob.context.setOffline(false);

  for (const { page } of [ann, bob]) {
    await isLive(page);
    await expect.poll(async () => page.getByRole('button', { name: 'Completed (1)' }).isVisible()).toBe(true);
  }
  await expect(check(ann.page, 'Bread')).toBeVisible();
  await expect(check(bob.page, 'Eggs')).toBeVisible();
});

test('the app opens without a network, with everything, and keeps what is done then', async (world) => {
  world.expectLostNetwork();
  const { page, context } = await register(world, 'Ann');
  await createList(page, 'Picnic');
  await addItem(page, 'Milk');
  await isLive(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();  // from here on the page is the worker's
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await expectItems(page, ['Milk']);
  await isKept(page, 'Milk');
  await context.setOffline(true);

  await page.reload();
  await expectItems(page, ['Milk']);
  await addItem(page, 'Bread');
  await says(page, '1 change waiting');
  await page.close();
  const again = await openTab(context);
  await expect(title(again)).toHaveText('Picnic');
  await expectItems(again, ['Milk', 'Bread']);
  await context.setOffline(false);

  await isLive(again);
  await again.reload();
  await expectItems(again, ['Milk', 'Bread']);
});

test('a connection that breaks in the middle loses nothing', async (world) => {
  world.expectLostNetwork();
  const link = await world.link();
  const { page } = await register(world, 'Ann', { baseURL: link.url });
  const wanted = [];
  for (let round = 0; round < 4; ++round) {
    await addItem(page, `${round} before`);
    link.cut();
    await addItem(page, `${round} after`);
    await says(page, /waiting|Offline|Connecting/);
    link.heal();
    wanted.push(`${round} before`, `${round} after`);
  }

  await isLive(page);
  await expectItems(page, wanted);
  await page.reload();
  await expectItems(page, wanted);
});

test('a server that restarts, or dies, is noticed only by the status', async (world) => {
  world.expectLostNetwork();
  const { page } = await register(world, 'Ann');
  await addItem(page, 'Milk');
  await isLive(page);

  await world.server.restart();
  await addItem(page, 'Bread');
  await isLive(page);
  await world.server.kill();
  await addItem(page, 'Eggs');
  await says(page, /waiting/);
  await world.server.launch();

  await isLive(page);
  await page.reload();
  await expectItems(page, ['Milk', 'Bread', 'Eggs']);
});

test('a list that is made without a network is one like any other afterwards', async (world) => {
  world.expectLostNetwork();
  const { page, context } = await register(world, 'Ann');
  await isLive(page);
  await context.setOffline(true);
  await createList(page, 'Picnic');
  await addItem(page, 'Milk');
  await page.getByRole('main').getByRole('button', { name: 'Share' }).click();
  await expect(page.getByRole('dialog').getByText('This list is only on this device so far.')).toBeVisible();
  await page.keyboard.press('Escape');

  await context.setOffline(false);

  await isLive(page);
  const other = await openTab(context);
  await listLink(other, 'Picnic').click();
  await expectItems(other, ['Milk']);
});

test('who was removed while they were away finds that out when they are back', async (world) => {
  world.expectLostNetwork();
  const { ann, bob } = await annAndBob(world, ['Milk']);
  await bob.context.setOffline(true);
  await says(bob.page, 'Offline');
  await addItem(bob.page, 'Bread');
  await ann.page.getByRole('main').getByRole('button', { name: 'Share' }).click();
  await ann.page.getByRole('button', { name: 'More for Bob' }).click();
  await ann.page.getByRole('menuitem', { name: 'Remove' }).click();
  await ann.page.getByRole('dialog', { name: 'Remove Bob?' }).getByRole('button', { name: 'Remove' }).click();
  await ann.page.keyboard.press('Escape');

  await bob.context.setOffline(false);

  await expect(bob.page.getByText('This list is no longer yours to see')).toBeVisible();
  await expect(bob.page.getByRole('alert').filter({ hasText: '“Bread” could not be added.' })).toBeVisible();
  await expect(listLink(bob.page, 'Picnic')).toBeHidden();
  await expectItems(ann.page, ['Milk']);
});
