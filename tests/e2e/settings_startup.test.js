// LOG_FORMAT, and what a server says that cannot start: REDIS_URL, REDIS_HOST, SUPABASE_URL and all other mistakes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { add, connect, connectionRefusal, joined, person } from './support/client.js';
import { RawWebSocket } from './support/raw_websocket.js';
import { TestServer, secret } from './support/server.js';
import { withServer } from './support/suite.js';
import { token } from './support/token.js';

describe('LOG_FORMAT', () => {
  const logging = { LOG_LEVEL: 'debug', LOG_FILE: 'logs/all.log' };

  /** Does everything that a log might tell too much of. Returns the words that must not be in it. */
  async function live(server) {
    const send = (path, body) => fetch(`${server.url}/auth/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const account = { email: `${person('mail')}@example.org`, password: 'correct horse battery', name: 'Annabelle' };
    await send('register', account);
    await send('login', { ...account, password: 'a wrong password' });
    const login = await send('login', account);
    const { access_token, user_id } = await login.json();
    const ann = await connect(server, user_id, { token: access_token });
    await ann.ok('join');
    const { list_id } = await ann.ok('create_list', { name: 'Presents for Bob' });
    const { item } = await add(ann, list_id, { name: 'A "red" kite\nwith a tail', description: 'he must not know', media_url: 'https://pictures.example/kite.png' });
    await ann.ok('update_item', { list_id, item_id: item.id, name: 'A blue kite' });
    await ann.ok('share_list', { list_id, email: 'bob@example.org', role: 'viewer' });
    const { code } = await ann.ok('create_share_link', { list_id, role: 'viewer' });
    await ann.send('accept_share_link', { code: 'no such code at all' });
    await ann.send('add_item', { list_id, name: 7, description: 'wrong on purpose' });
    const forged = token('mallory', {}, { key: 'another key that is long enough to be one' });
    await connectionRefusal(server, forged);
    const own = await joined(server, 'cat');
    const broken = await RawWebSocket.open(server);
    await broken.connect(token('dan'));
    broken.send('4this is no packet');
    await broken.closed;
    own.close();
    ann.close();
    const cookies = login.headers.getSetCookie().map((line) => line.match(/=([^;]+)/)[1]);
    return [
      secret, access_token, forged, ...cookies, account.email, account.password, 'a wrong password', 'bob@example.org', 'Presents for', 'kite',
      'he must not know', 'pictures.example', 'wrong on purpose', code, 'no such code', 'no packet', 'My TODOs',
    ].concat([access_token, forged].flatMap((one) => one.split('.').slice(1)));
  }

  async function linesOf(server) {
    await server.halt();
    const texts = [server.said, await readFile(join(server.folder, 'logs', 'all.log'), 'utf8')];
    assert.equal(texts[0], texts[1], 'the console and the file get the same');
    assert.ok(texts[0].endsWith('\n'));
    return texts[0].slice(0, -1).split('\n');
  }

  test('json: each line is an object, and none has a token, a password or what a list holds', async () => {
    await withServer({ ...logging, LOG_FORMAT: 'json' }, async (server) => {
      const secrets = await live(server);

      const lines = await linesOf(server);

      const objects = lines.map((line) => JSON.parse(line));
      for (const { time, level, module, message } of objects) {
        assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/);
        assert.ok(Math.abs(Date.now() - Date.parse(time)) < 600_000, time);
        assert.match(level, /^(DEBUG|INFO|WARNING|ERROR)$/);
        for (const text of [module, message]) assert.ok(typeof text === 'string' && text !== '');
      }
      const listening = objects.find((one) => one.message === 'listening');
      assert.deepEqual([listening.level, listening.module, listening.port], ['INFO', 'server', server.port]);
      assert.ok(objects.some((one) => one.message === 'change' && one.list_id), 'traffic is in it');
      assert.equal(objects.at(-1).message, 'stopped');
      for (const word of secrets) assert.equal(lines.find((line) => line.includes(word)), undefined, word);
    });
  });

  for (const [what, settings] of [['text', { LOG_FORMAT: 'text' }], ['the default', {}]]) {
    test(`${what}: time, level, module, sentence and fields, and no secret either`, async () => {
      await withServer({ ...logging, ...settings }, async (server) => {
        const secrets = await live(server);

        const lines = await linesOf(server);

        for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR) \[\w+\] \S/);
        assert.ok(lines.some((line) => line.includes(`INFO [server] listening`) && line.includes(` port=${server.port}`)));
        for (const word of secrets) assert.equal(lines.find((line) => line.includes(word)), undefined, word);
      });
    });
  }
});

describe('a server that cannot start', () => {
  const alone = (name) => `  DATABASE_URL: is missing: servers that meet in Redis keep their lists in one PostgreSQL. Set it, or remove ${name}\n`;
  const settings = [
    ['REDIS_URL', 'redis://:hunter2@redis.example:6379/0', alone('REDIS_URL')], ['REDIS_HOST', 'localhost', alone('REDIS_HOST')],
    ['SUPABASE_URL', 'https://hunter2.supabase.co',
      '  SUPABASE_SERVICE_KEY: is missing: with it lists are kept in the project of SUPABASE_URL. Set it, or DATABASE_URL\n'],
  ];

  for (const [name, value, sentence] of settings) {
    test(`${name} alone is refused: said, exit status 2, nothing made`, async () => {
      const { code, said, made } = await TestServer.refusedStart({ [name]: value });

      assert.equal(said, `collab-todo: the settings have mistakes\n${sentence}\n`);
      assert.equal(code, 2);
      assert.deepEqual(made, []);
    });

    test(`${name} without a value is not set`, async () => {
      await withServer({ [name]: '' }, async (server) => {
        await joined(server, 'ann');
      });
    });
  }

  test('all mistakes are told at once, without the secrets in them', async () => {
    const { code, said, made } = await TestServer.refusedStart({
      REDIS_URL: 'http://hunter2.example', SUPABASE_URL: 'http://hunter2.supabase.co', JWT_SECRET_KEY: undefined, ENV: 'production', LOG_FILE: 'logs/collab.log', SUPABASE_SERVICE_KEY: 'hunter2',
      WRITER_QUEUE_SIZE: '0', LIMIT_CONNECTIONS: '-1', PING_INTERVAL: '10ms', PUBLIC_URL: 'todo.example.org', CORS_ORIGINS: 'app.example.org',
      TRUSTED_PROXIES: '10.0.0.0/33', REGISTRATION: 'off', LOG_FORMAT: 'xml', PERMESSAGE_DEFLATE: 'perhaps', JWT_ALGORITHM: 'RS256',
      DATABASE_URL: 'mysql://collab:hunter2@db.example/collab', OP_ID_RETENTION: '1s', TRASH_RETENTION_DAYS: '0', LIMIT_SEND_QUEUE_BYTES: 'much', JWT_JWKS_URL: 'file:///etc/keys',
    });

    const [first, ...lines] = said.trimEnd().split('\n');
    assert.equal(first, 'collab-todo: the settings have mistakes');
    assert.deepEqual(lines.map((line) => line.trim().split(':')[0]).sort(), [
      'CORS_ORIGINS', 'DATABASE_URL', 'JWT_JWKS_URL', 'JWT_SECRET_KEY', 'LIMIT_CONNECTIONS', 'LIMIT_SEND_QUEUE_BYTES', 'LOG_FORMAT',
      'OP_ID_RETENTION', 'PERMESSAGE_DEFLATE', 'PING_INTERVAL', 'PUBLIC_URL', 'REDIS_URL', 'REGISTRATION', 'SUPABASE_URL',
      'TRASH_RETENTION_DAYS', 'TRUSTED_PROXIES', 'WRITER_QUEUE_SIZE',
    ]);
    assert.ok(said.includes('  WRITER_QUEUE_SIZE: "0" (from the environment) is not allowed; allowed: 1 to 10000000\n'));
    assert.ok(said.includes('  REGISTRATION: "off" (from the environment) is not allowed; allowed: open, invite or closed\n'));
    assert.ok(!said.includes('hunter2'));
    assert.equal(code, 2);
    assert.deepEqual(made, []);
  });

  const together = [
    ['an algorithm without its keys', { JWT_ALGORITHM: 'RS256' }, "  JWT_ALGORITHM: needs the issuer's keys: set JWT_JWKS_URL or JWT_JWKS_FILE\n"],
    ['HS256 with keys', { JWT_ALGORITHM: 'HS256', JWT_JWKS_FILE: 'keys.json' }, '  JWT_ALGORITHM: is HS256, for which the keys of a JWKS are never used; remove it or the JWKS\n'],
    ['keys from two places', { JWT_JWKS_FILE: 'keys.json', JWT_JWKS_URL: 'https://issuer.example/keys' }, '  JWT_JWKS_FILE: is set together with JWT_JWKS_URL; set one of them\n'],
  ];
  for (const [what, wrong, sentence] of together) {
    test(`${what}: said, exit status 2, nothing made`, async () => {
      const { code, said, made } = await TestServer.refusedStart(wrong);

      assert.equal(said, `collab-todo: the settings have mistakes\n${sentence}\n`);
      assert.equal(code, 2);
      assert.deepEqual(made, []);
    });
  }
});
