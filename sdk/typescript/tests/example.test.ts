// examples/node-script and the README's first example, as a reader would run them: on the package as it is built.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account } from '../src/index.js';
import { person, startServer, token, type TestServer } from './support/server.js';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);
const [email, password] = ['ann@example.org', 'correct horse battery staple'];
let server: TestServer;

beforeAll(async () => {
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder('../../../examples/node-script') });
  server = await startServer();
}, 180_000);
afterAll(() => server?.stop());

const add = (...words: string[]) =>
  run('node', ['add.js', ...words], {
    cwd: folder('../../../examples/node-script'), timeout: 20_000, env: { ...process.env, COLLAB_URL: server.url, EMAIL: email, PASSWORD: password },
  });

test('examples/node-script adds to a list, and finds it again', async () => {
  await new Account(server.url).register(email, password, 'Ann');

  expect((await add('Groceries', 'Milk', 'Bread')).stdout).toBe('[ ] Milk\n[ ] Bread\n');
  expect((await add('Groceries', 'Eggs')).stdout).toBe('[ ] Milk\n[ ] Bread\n[ ] Eggs\n');
  await expect(add()).rejects.toMatchObject({ code: 2 });
});

test('the README begins with an example that works', async () => {
  const [, code = ''] = /```js\n([^]*?)```/.exec(readFileSync(folder('../README.md'), 'utf8')) ?? [];
  expect(code.split('\n').length).toBeLessThan(20);

  const program = `${code.replace('http://localhost:7788', server.url)}\nconsole.log(client.pendingCount, client.list(list_id).name);`;
  const { stdout } = await run('node', ['--input-type=module', '--eval', program], {
    cwd: folder('../../../examples/node-script'), timeout: 20_000, env: { ...process.env, TOKEN: token(person('reader')) },
  });

  expect(stdout).toContain("[ 'Milk' ]");
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 Picnic');
});
