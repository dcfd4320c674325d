// examples/nextjs as a reader would run it: built, started, and used by the same user in two browsers.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from '../e2e/support/deadline.js';
import { freePort } from '../e2e/support/server.js';
import { expect, suite } from './support/suite.js';

const folder = fileURLToPath(new URL('../../examples/nextjs', import.meta.url));
const account = { email: 'ann@example.org', password: 'correct horse battery staple', name: 'Ann' };
const { test } = suite({}, startSite);
let site;

async function startSite({ url }) {
  const registered = await fetch(`${url}/auth/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(account),
  });
  assert.equal(registered.status, 201);
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NEXT_PUBLIC_COLLAB_URL: url };
  const next = `${folder}/node_modules/next/dist/bin/next`;
  await promisify(execFile)('node', [next, 'build'], { cwd: folder, env });
  const port = await freePort();
  site = `http://127.0.0.1:${port}`;
  const child = spawn('node', [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)], { cwd: folder, env, stdio: 'ignore' });
  await until(() => fetch(site).then(({ ok }) => ok, () => false), 'the site answers');
  return () => child.kill();
}

async function signIn(world, password = account.password) {
  const page = await (await world.context()).newPage();
  await page.goto(site);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(account.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return page;
}

test('what is added or checked off on one page is so on the other', async (world) => {
  world.expectErrors(/favicon.ico/);
  const [here, there] = [await signIn(world), await signIn(world)];
  for (const page of [here, there]) await expect(page.getByRole('heading', { name: 'My TODOs' })).toBeVisible();

  await here.getByRole('textbox', { name: 'What to do' }).fill('Milk');
  await here.getByRole('button', { name: 'Add' }).click();

  await expect(there.getByRole('checkbox', { name: 'Milk' })).not.toBeChecked();
  await there.getByRole('checkbox', { name: 'Milk' }).check();
  await expect(here.getByRole('checkbox', { name: 'Milk' })).toBeChecked();
  await expect(here.getByRole('textbox', { name: 'What to do' })).toHaveValue('');
});

test('a wrong password is told in a sentence', async (world) => {
  world.expectErrors(/favicon.ico/, /status of 401/);
  const page = await signIn(world, 'not this one');

  await expect(page.getByRole('alert').filter({ hasText: /\w/ })).toHaveText(/password/i);
});
