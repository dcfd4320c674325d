// The page as the program serves it: its policy, and how much of it comes over the network.
import assert from 'node:assert/strict';
import { expect, suite } from './support/suite.js';
import { isLive, openTab, register } from './support/app.js';
import { loadOf } from './support/load.js';

const { test } = suite();

test('the first load takes no more than 250 kB', async (world) => {
  const { bytes, files } = await loadOf(await world.context(), '/');

  assert.ok(files.length >= 3, `only ${files.length} files were loaded`);
  assert.ok(bytes <= 250_000, `${bytes} bytes:\n${files.map(({ name, size }) => `${size} ${name}`).join('\n')}`);
});

test('the page allows no script or style but its own files', async (world) => {
  world.expectErrors(/Content Security Policy/);
  const page = await openTab(await world.context());
  const violated = page.evaluate(() => new Promise((resolve) => {
    const seen = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
      if (seen.push(effectiveDirective) === 2) resolve(seen.sort());
    });
    document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.wasRun = true' }));
    document.body.append(Object.assign(document.createElement('style'), { textContent: 'body { display: none }' }));
  }));

  assert.deepEqual(await violated, ['script-src-elem', 'style-src-elem']);
  assert.equal(await page.evaluate(() => window.wasRun), undefined);
  await expect(page.locator('body')).toBeVisible();
});

test('the app can be installed', async (world) => {
  const { page, context } = await register(world, 'Ann');
  await isLive(page);
  const session = await context.newCDPSession(page);
  const { errors, url } = await session.send('Page.getAppManifest');

  assert.deepEqual(errors, []);
  assert.match(url, /manifest\.webmanifest$/);
  await expect.poll(async () => (await session.send('Page.getInstallabilityErrors')).installabilityErrors.map(({ errorId }) => errorId)
    .filter((id) => id !== 'in-incognito')).toEqual([]);
});
