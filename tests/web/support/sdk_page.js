// A page that has the client library as npm has it, loaded as modules without a bundler, at the origin of the server under test.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { expect } from '@playwright/test';

const sdk = fileURLToPath(new URL('../../../sdk/typescript', import.meta.url));
const packages = {
  'fractional-indexing': 'node_modules/fractional-indexing/src/index.js',
  idb: 'node_modules/idb/build/index.js',
  'socket.io-client': 'node_modules/socket.io-client/dist/socket.io.esm.min.js',
};
const page = `<!doctype html>
<title>The client library</title>
<link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(Object.entries(packages).map(([name, file]) => [name, `/sdk/${file}`])) })}</script>
<script type="module">
  import * as sdk from '/sdk/dist/index.js';
  window.sdk = sdk;
</script>`;

/** Opens it. `url` is where the server is for it. */
export async function openSdk(context, url) {
  assert.ok(existsSync(`${sdk}/dist/index.js`), 'sdk/typescript is not built: npm run build');
  await context.route(`${url}/sdk`, (route) => route.fulfill({ contentType: 'text/html', body: page }));
  await context.route(`${url}/sdk/**`, (route) => {
    const file = `${sdk}${new URL(route.request().url()).pathname.slice('/sdk'.length)}`;
    return existsSync(file) ? route.fulfill({ path: file, contentType: 'text/javascript' }) : route.fulfill({ status: 404 });
  });
  // Chromium does not take a page from this test for one of this machine.
  await context.grantPermissions(['local-network-access'], { origin: url });
  const tab = await context.newPage();
  await tab.goto(`${url}/sdk`);
  await tab.waitForFunction(() => window.sdk);
  return tab;
}

/** A client with a storage of the browser in that tab, as `window.client`. */
export function startClient(tab, { token, name = 'kept' }) {
  return tab.evaluate(async (options) => {
    const storage = new window.sdk.IndexedDbStorage(options.name);
    const how = { transports: ['websocket'], reconnect: { firstMs: 50, maxMs: 200 } };
    window.client = await window.sdk.connect({ url: location.origin, token: options.token, storage, ...how });
  }, { token, name });
}

/** Waits until the server has everything that the tab has. */
export const settled = (tab) => tab.evaluate(() => window.client.settled());

/** The names of the items of the tab's only list, as it shows them. */
export const names = (tab) => tab.evaluate(() => window.client.list(window.client.lists()[0].list_id).items.map(({ name }) => name));

/** Adds items to that list, all at once. */
export function add(tab, ...wanted) {
  return tab.evaluate((all) => {
    const [{ list_id }] = window.client.lists();
    for (const name of all) window.client.addItem(list_id, { name });
  }, wanted);
}

/** How many operations and lists are in the browser's storage. */
function countsIn(tab, name) {
  return tab.evaluate(async (database) => {
    const request = (asked) => new Promise((resolve, reject) => {
      Object.assign(asked, { onsuccess: () => resolve(asked.result), onerror: () => reject(asked.error) });
    });
    const opened = await request(indexedDB.open(database));
    const transaction = opened.transaction(['operations', 'lists']);
    const counts = await Promise.all(['operations', 'lists'].map((kind) => request(transaction.objectStore(kind).count())));
    opened.close();
    return counts;
  }, name);
}

/** Waits until so many operations are in the browser's storage, and the list that they are about. */
export async function stored(tab, count, name = 'kept') {
  await expect.poll(() => countsIn(tab, name)).toEqual([count, 1]);
}
