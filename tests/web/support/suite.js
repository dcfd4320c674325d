// What every test file begins with: a server and a Chromium for all of its tests. A test fails too when a page reports an error that the
// test did not announce, and leaves what its pages showed and said in a folder that it names.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium, expect as expectSoon } from '@playwright/test';
import { Proxy } from '../../chaos/proxy.js';
import { patience, withDeadline } from '../../e2e/support/deadline.js';
import { TestServer } from '../../e2e/support/server.js';

const launch = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid() === 0 ? ['--no-sandbox'] : [],
};
/** Where failures are kept; made when there is one. */
const failures = process.env.WEB_TEST_FAILURES ?? join(tmpdir(), 'collab-todo-web-failures');
/** No test takes longer, in milliseconds. */
const longest = 8 * patience;
/** Where a page is when nothing else is said. The language is English and time stands in one zone. */
const usual = { locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 1280, height: 800 }, colorScheme: 'light' };

/** Playwright's assertions, which wait until they hold. */
export const expect = expectSoon.configure({ timeout: patience });

/** A server and a browser for a program that is no test. */
export async function standalone(body) {
  const server = await TestServer.start({ LIMIT_LOGINS_PER_MINUTE: '0', LIMIT_REGISTRATIONS_PER_HOUR: '0' });
  const browser = await chromium.launch(launch);
  try {
    await body(new World({ server, browser }, 'standalone'));
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** A server with these settings and a browser, for the file's tests. `prepare` is called with the server before them; what it gives ends it. */
export function suite(settings = {}, prepare = () => undefined) {
  const shared = { server: null, browser: null, end: null };
  before(async () => {
    shared.server = await TestServer.start({ LIMIT_LOGINS_PER_MINUTE: '0', LIMIT_REGISTRATIONS_PER_HOUR: '0', ...settings });
    shared.end = await prepare(shared.server);
    shared.browser = await chromium.launch(launch);
  });
  after(async () => {
    await shared.end?.();
    await shared.browser?.close();
    await shared.server?.stop();
  });
  return {
    test: (name, body) => test(name, async () => {
      const world = new World(shared, name);
      try {
        await withDeadline(body(world), () => `the end of '${name}'`, longest);
        world.assertNoProblems();
      } catch (error) {
        error.message += `\n(pages and console: ${await world.keep()})`;
        throw error;
      } finally {
        await world.end();
      }
    }),
  };
}

/** What one test has: browsers of its own, and what their pages complained about. */
class World {
  contexts = [];
  ends = [];
  console = [];
  problems = [];
  expected = [];

  constructor({ server, browser }, name) {
    Object.assign(this, { server, browser, name });
  }

  /** A browser of its own, with its own cookies and storage. `options` as those of Playwright's newContext. */
  async context(options = {}) {
    return this.watch(await this.browser.newContext({ baseURL: this.server.url, ...usual, ...options }));
  }

  /** A browser whose profile is in a folder, which another one can be started on when this one is closed. */
  async persistentContext(folder, options = {}) {
    return this.watch(await chromium.launchPersistentContext(folder, { ...launch, baseURL: this.server.url, ...usual, ...options }));
  }

  /** A link to the server that the test can cut; pages that come through it have its `url` as their origin. */
  async link() {
    const link = await Proxy.start({ host: '127.0.0.1', port: 0 }, { host: '127.0.0.1', port: this.server.port });
    link.url = `http://127.0.0.1:${link.port}`;
    this.ends.push(() => link.close());
    return link;
  }

  /** A folder that goes with the test. */
  folder() {
    const folder = mkdtempSync(join(tmpdir(), 'web-'));
    this.ends.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Errors of pages that match are no failure of this test. */
  expectErrors(...patterns) {
    this.expected.push(...patterns);
  }

  /** The network of this test breaks; browsers write that to the console. */
  expectLostNetwork() {
    this.expectErrors(/net::ERR_/, /^WebSocket connection to .* failed/);
  }

  watch(context) {
    const at = this.contexts.push(context);
    context.setDefaultTimeout(patience);
    const record = (kind, text) => {
      this.console.push(`[${at}] ${kind}: ${text}`);
      if (kind === 'error') this.problems.push(text);
    };
    // Violations of the content security policy are among the errors of the console.
    context.on('console', (message) => record(message.type(), `${message.text()} (${message.location().url})`));
    context.on('weberror', (error) => record('error', error.error()?.stack ?? String(error.error())));
    return context;
  }

  assertNoProblems() {
    assert.deepEqual(this.problems.filter((text) => !this.expected.some((pattern) => pattern.test(text))), [], 'errors in the console');
  }

  // Pictures of all pages, and the console.
  async keep() {
    const folder = join(failures, `${basename(process.argv[1] ?? '', '.test.js')}-${this.name}`.replace(/[^a-z0-9]+/gi, '-').slice(0, 100));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'console.txt'), this.console.join('\n'));
    for (const [at, page] of this.contexts.flatMap((context) => context.pages()).entries()) {
      await page.screenshot({ path: join(folder, `page-${at + 1}.png`), timeout: 5_000 }).catch(() => undefined);
      const tree = await page.locator('body').ariaSnapshot({ timeout: 5_000 }).catch((error) => String(error));
      writeFileSync(join(folder, `page-${at + 1}.txt`), `${page.url()}\n\n${tree}\n`);
    }
    return folder;
  }

  async end() {
    for (const context of this.contexts) await context.close();
    for (const end of this.ends.reverse()) await end();
  }
}
