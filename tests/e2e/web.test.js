// The web client as the program serves it, and that pages of its own host may always connect. A build without one has its own test.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { connect, person } from './support/client.js';
import { serverForAllTests, withServer } from './support/suite.js';

const server = serverForAllTests();
const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-encoding': 'gzip, deflate, br, zstd' };

/** One request exactly as it is given: fetch would choose Host and Accept-Encoding itself, and decompress. */
function ask(path, headers = {}, method = 'GET', port = server.current.port) {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject).end();
  });
}

describe('the web client', () => {
  let index, script;
  before(async () => {
    const answer = await ask('/', { accept: 'text/html' });
    index = answer.headers['content-type'].startsWith('text/html') ? answer : null;
    script = index && /src="(\/assets\/[^"]+\.js)"/.exec(index.body.toString())?.[1];
  });
  const withClient = (name, run) => test(name, async (t) => (index ? run() : t.skip('this build has no web client')));

  test('says so where the build has none', async (t) => {
    if (index) return t.skip('this build has one');
    const answer = await ask('/');
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'text/plain; charset=utf-8']);
    assert.match(answer.body.toString(), /no web client/);
    assert.equal((await ask('/list/7', browser)).status, 404);
  });

  withClient('is a page under a policy without exceptions, asked for again each time', async () => {
    const { headers, body } = index;
    assert.match(headers['content-security-policy'], /^default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*/);
    assert.doesNotMatch(body.toString(), /<script(?![^>]*\bsrc=)[^>]*>|<style|\son\w+=|\sstyle=/i);
    assert.deepEqual([headers['cache-control'], headers['x-content-type-options'], headers['referrer-policy']], ['no-cache', 'nosniff', 'same-origin']);

    const again = await ask('/', { ...browser, 'if-none-match': (await ask('/', browser)).headers.etag });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    assert.equal((await ask('/', { 'if-none-match': '"another"' })).status, 200);
  });

  withClient('has its script in every encoding, for ever', async () => {
    const plain = await ask(script);
    const gzip = await ask(script, { 'accept-encoding': 'gzip' });
    const brotli = await ask(script, browser);

    assert.deepEqual([gzip, brotli].map(({ headers }) => headers['content-encoding']), ['gzip', 'br']);
    assert.ok(gunzipSync(gzip.body).equals(plain.body) && brotliDecompressSync(brotli.body).equals(plain.body));
    assert.ok(brotli.body.length < gzip.body.length && gzip.body.length < plain.body.length);
    for (const { headers } of [plain, gzip, brotli]) {
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
      assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
      assert.match(headers.vary, /Accept-Encoding/);
    }
  });

  withClient('answers HEAD as GET, without the body', async () => {
    for (const path of ['/', script, '/list/7']) {
      const [get, head] = [await ask(path, browser), await ask(path, browser, 'HEAD')];
      assert.deepEqual([head.status, head.body.length, head.headers['content-length']], [200, 0, String(get.body.length)]);
    }
  });

  withClient('is the page of every path that a browser opens, and of nothing else', async () => {
    for (const path of ['/list/7', '/join/0b1c.secret-code', '/account?from=mail']) {
      assert.ok((await ask(path, { accept: 'text/html' })).body.equals(index.body), path);
    }
    for (const path of ['/auth/nothing', '/assets/index-0000.js', '/health/x', '/socket.io', '/robots-which-are-not.txt', '/%2e%2e/etc/passwd.txt/']) {
      const asked = path.includes('%2e') ? { accept: '*/*' } : browser;
      assert.ok((await ask(path, asked)).status >= 400, path);
    }
    assert.equal((await ask('/list/7', { accept: 'application/json' })).status, 404);
    assert.equal((await ask('/list/7', browser, 'POST')).status, 404);
    for (const path of ['/health', '/metrics', '/livez', '/readyz', '/docs']) {
      assert.match((await ask(path, browser)).headers['content-type'], /^application\/json/, path);
    }
  });

  withClient('has a manifest and a service worker, which are asked for again each time', async () => {
    for (const [path, type] of [['/manifest.webmanifest', 'application/manifest+json'], ['/sw.js', 'text/javascript; charset=utf-8']]) {
      const { status, headers } = await ask(path, browser);
      assert.deepEqual([status, headers['content-type'], headers['cache-control']], [200, type, 'no-cache'], path);
    }
  });

  test('is not there with WEB_CLIENT=off', async () => {
    await withServer({ WEB_CLIENT: 'off' }, async (own) => {
      for (const path of ['/', '/index.html', '/list/7']) assert.equal((await ask(path, browser, 'GET', own.port)).status, 404, path);
      assert.equal((await ask('/health', {}, 'GET', own.port)).status, 200);
    });
  });
});

describe('pages of the server itself', () => {
  for (const host of ['todo.example', 'localhost:4711', '192.168.7.7:8080', '[::1]:9']) {
    test(`connect from ${host}, by polling and by WebSocket, with their cookies`, async () => {
      const headers = { host, origin: `http://${host}` };
      const polled = await ask('/socket.io/?EIO=4&transport=polling', headers);
      assert.equal(polled.status, 200);
      await connect(server.current, person('ann'), { headers, transport: 'websocket' });

      const refreshed = await ask('/auth/refresh', { ...headers, cookie: 'refresh_token_cookie=x', 'x-csrf-token': 'y' }, 'POST');
      assert.match(JSON.parse(refreshed.body).msg, /login has ended/);  // not that the cookie is missing
      assert.equal(refreshed.headers['access-control-allow-credentials'], 'true');
    });
  }
});

test('what is embedded is what was built, each file in its encodings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-web-'));
  try {
    const files = { 'index.html': '<!doctype html>', 'assets/app-4f2c.js': 'let a = 1;\n'.repeat(500), 'icons/a.png': '\x00\x01\x02', 'empty.txt': '', 'app.js.map': '{}' };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, 'dist', name, '..'), { recursive: true });
      writeFileSync(join(folder, 'dist', name), text);
    }
    execFileSync(process.execPath, [new URL('../../scripts/embed_web.mjs', import.meta.url).pathname, join(folder, 'dist'), join(folder, 'out')]);

    const bytes = readFileSync(join(folder, 'out/web_client.bin'));
    const place = '\\{(?:web_client_bytes \\+ (\\d+), (\\d+))?\\}';
    const rows = readFileSync(join(folder, 'out/web_client.cpp'), 'utf8').matchAll(new RegExp(`\\{"(/[^"]+)", "([\\w-]{22})", ${place}, ${place}, ${place}\\},`, 'g'));
    const found = {};
    for (const [, path, , ...numbers] of rows) {
      found[path.slice(1)] = [0, 2, 4].map((at) => numbers[at] && bytes.subarray(Number(numbers[at]), Number(numbers[at]) + Number(numbers[at + 1])));
    }
    assert.deepEqual(Object.keys(found).sort(), ['assets/app-4f2c.js', 'empty.txt', 'icons/a.png', 'index.html']);
    for (const [name, [plain]] of Object.entries(found)) assert.equal(plain?.toString() ?? '', files[name], name);
    const [, gzip, brotli] = found['assets/app-4f2c.js'];
    assert.deepEqual([gunzipSync(gzip).toString(), brotliDecompressSync(brotli).toString()], Array(2).fill(files['assets/app-4f2c.js']));
    assert.deepEqual(found['icons/a.png'].slice(1), [undefined, undefined]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
