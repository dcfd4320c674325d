// The login of a browser: its cookies, and tabs that ask for fresh tokens at the same time.
import assert from 'node:assert/strict';
import { suite } from './support/suite.js';
import { openSdk } from './support/sdk_page.js';

const { test } = suite();
const password = 'correct horse battery staple';

async function openAccount(context, url) {
  const tab = await openSdk(context, url);
  await tab.evaluate(() => {
    window.account = new window.sdk.Account(location.origin);
  });
  return tab;
}

const freshTokens = (tab, count) => tab.evaluate(async (times) => {
  const tokens = [];
  for (let at = 0; at < times; ++at) tokens.push(await window.account.tokenSource('ends_soon'));
  return tokens;
}, count);

test('tabs that refresh their tokens at the same time stay signed in', async (world) => {
  const { url } = world.server;
  const context = await world.context();
  const tabs = [];
  for (let at = 0; at < 3; ++at) tabs.push(await openAccount(context, url));
  await tabs[0].evaluate(async (secret) => {
    await window.account.register('ann@example.org', secret, 'Ann');
    await window.account.login('ann@example.org', secret);
  }, password);

  const tokens = (await Promise.all(tabs.map((tab) => freshTokens(tab, 10)))).flat();

  assert.deepEqual(tokens.map((token) => typeof token), Array(30).fill('string'));
  const later = await openAccount(context, url);
  const profile = await later.evaluate(() => window.account.me());
  assert.deepEqual([profile.email, profile.name], ['ann@example.org', 'Ann']);
});

test('signing out in one tab ends the connections of the others', async (world) => {
  world.expectErrors(/status of 401/);  // the answer to who asks for a token afterwards
  const { url } = world.server;
  const context = await world.context();
  const tabs = [await openAccount(context, url), await openAccount(context, url)];
  await tabs[0].evaluate(async (secret) => {
    await window.account.register('bob@example.org', secret, 'Bob');
    await window.account.login('bob@example.org', secret);
  }, password);
  for (const tab of tabs) {
    await tab.evaluate(async () => {
      window.client = await window.sdk.connect({ url: location.origin, token: window.account.tokenSource, reconnect: { firstMs: 50, maxMs: 200 } });
      await window.client.settled();
    });
  }

  await tabs[0].evaluate(() => window.account.logout());

  for (const tab of tabs) await tab.waitForFunction(() => window.client.status.state === 'ended');
  assert.deepEqual(await tabs[1].evaluate(() => [window.client.status.reason, window.client.lists().length]), ['no_token', 1]);
  assert.equal(await tabs[1].evaluate(() => window.account.tokenSource(null)), null);
});
