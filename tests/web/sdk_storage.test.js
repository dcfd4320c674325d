// What the client library keeps in a real browser: IndexedDB and Web Locks, tabs that are closed, that crash, and that share.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { query } from '../e2e/support/database.js';
import { token } from '../e2e/support/token.js';
import { expect, suite } from './support/suite.js';
import { add, names, openSdk, settled, startClient, stored } from './support/sdk_page.js';

const { test } = suite();

/** A new user, and what the server has of their only list: names of items, and how many operations made it. */
function person(server) {
  const user = `ann-${randomUUID()}`;
  return {
    token: token(user),
    has: () => query(server, `select name from items where list_id = (select list_id from lists where owner_id = '${user}') and not is_deleted`).map(({ name }) => name).sort(),
  };
}

async function openClient(context, url, ann) {
  const tab = await openSdk(context, url);
  await startClient(tab, ann);
  return tab;
}

/** Chromium ends the tab's process, as when it runs out of memory. */
async function crash(context, tab) {
  const gone = tab.waitForEvent('crash');
  const session = await context.newCDPSession(tab);
  session.send('Page.crash').catch(() => undefined);  // there is nobody left to answer
  await gone;
}

test('changes without a network survive the closing of the tab, and of the browser', async (world) => {
  world.expectLostNetwork();
  const [ann, link, folder] = [person(world.server), await world.link(), world.folder()];
  const first = await world.persistentContext(folder);
  const tab = await openClient(first, link.url, ann);
  await settled(tab);
  link.cut();
  await tab.waitForFunction(() => window.client.status.state === 'connecting');
  await add(tab, 'Milk', 'Bread');
  await stored(tab, 2);

  await tab.close();
  const again = await openClient(first, link.url, ann);
  assert.deepEqual(await names(again), ['Milk', 'Bread']);
  await add(again, 'Eggs');
  await stored(again, 3);
  await first.close();
  assert.deepEqual(ann.has(), []);

  link.heal();
  const later = await openClient(await world.persistentContext(folder), link.url, ann);
  await settled(later);
  assert.deepEqual(await names(later), ['Milk', 'Bread', 'Eggs']);
  assert.deepEqual(ann.has(), ['Bread', 'Eggs', 'Milk']);
  await stored(later, 0);
});

test('what was entered in the last moment before a tab closes is not lost', async (world) => {
  world.expectLostNetwork();
  const [ann, link, context] = [person(world.server), await world.link(), await world.context()];
  const first = await openClient(context, link.url, ann);
  await settled(first);
  await stored(first, 0);
  link.cut();
  const wanted = ['1', '2', '3', '4', '5', '6'];
  for (const last of wanted) {
    const tab = await openClient(context, link.url, ann);
    await tab.evaluate((name) => {
      window.client.addItem(window.client.lists()[0].list_id, { name });
      location.href = 'about:blank';
    }, last);
    await tab.waitForURL('about:blank');
  }
  link.heal();

  const later = await openClient(context, link.url, ann);
  await settled(later);
  assert.deepEqual(ann.has(), wanted);
});

test('two tabs share a storage, see each other, and do nothing twice', async (world) => {
  world.expectLostNetwork();
  const [ann, link, context] = [person(world.server), await world.link(), await world.context()];
  const tabs = [await openClient(context, link.url, ann), await openClient(context, link.url, ann)];
  for (const tab of tabs) await settled(tab);
  await add(tabs[0], 'seen');
  await expect.poll(() => names(tabs[1])).toEqual(['seen']);

  link.cut();
  for (const tab of tabs) await tab.waitForFunction(() => window.client.status.state === 'connecting');
  const wanted = ['seen'];
  for (let round = 0; round < 5; ++round) {
    for (const [at, tab] of tabs.entries()) {
      await add(tab, `${at}.${round}`);
      wanted.push(`${at}.${round}`);
    }
  }
  await stored(tabs[0], 10);
  // A third tab opens: the two are alive, so theirs is not its business.
  const third = await openClient(context, link.url, ann);
  assert.equal(await third.evaluate(() => window.client.pendingCount), 0);
  link.heal();

  for (const tab of [...tabs, third]) await settled(tab);
  for (const tab of [...tabs, third]) await expect.poll(async () => (await names(tab)).sort()).toEqual(wanted.sort());
  assert.deepEqual(ann.has(), wanted.sort());
});

test('a tab that crashes has its changes sent by the next one that opens, once', async (world) => {
  world.expectLostNetwork();
  const [ann, link, context] = [person(world.server), await world.link(), await world.context()];
  const [dying, living] = [await openClient(context, link.url, ann), await openClient(context, link.url, ann)];
  for (const tab of [dying, living]) await settled(tab);
  link.cut();
  for (const tab of [dying, living]) await tab.waitForFunction(() => window.client.status.state === 'connecting');
  await add(dying, 'of the dead');
  await add(living, 'of the living');
  await stored(living, 2);
  await crash(context, dying);

  const heir = await openClient(context, link.url, ann);
  assert.equal(await heir.evaluate(() => window.client.pendingCount), 1);
  link.heal();
  for (const tab of [living, heir]) await settled(tab);

  assert.deepEqual(ann.has(), ['of the dead', 'of the living']);
  for (const tab of [living, heir]) await expect.poll(async () => (await names(tab)).sort()).toEqual(['of the dead', 'of the living']);
});
