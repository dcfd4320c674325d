// PERMESSAGE_DEFLATE, PING_INTERVAL, PING_TIMEOUT, CORS_ORIGINS, PUBLIC_URL.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, joined, person } from './support/client.js';
import { until } from './support/deadline.js';
import { RawWebSocket, refusedUpgrade } from './support/raw_websocket.js';
import { withServer } from './support/suite.js';
import { token } from './support/token.js';

async function polling(server, headers = {}) {
  const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

describe('PERMESSAGE_DEFLATE', () => {
  const offer = { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' };
  const description = 'Milk and bread. '.repeat(125);

  /** A connection that has joined, and the list of its user. */
  async function joinedRaw(server, headers) {
    const socket = await RawWebSocket.open(server, { headers });
    await socket.connect(token(person('ann')));
    socket.send('420["join",{}]');
    const [, { lists }] = JSON.parse((await socket.next('42["user_lists"')).text.slice(2));
    return { socket, list_id: lists[0].list_id };
  }

  /** Adds an item with a long description; returns the event's message. */
  async function echo({ socket, list_id }, how) {
    socket.send(`421${JSON.stringify(['add_item', { list_id, name: 'Long', description }])}`, how);
    const message = await socket.next('42["item_added"');
    assert.equal(JSON.parse(message.text.slice(2))[1].item.description, description);
    assert.match((await socket.next('431')).text, /^431\[\{"ok":true/);
    return message;
  }

  for (const [what, settings] of [['the default', {}], ['True', { PERMESSAGE_DEFLATE: 'True' }]]) {
    test(`${what}: agreed with a client that offers it; it may compress, and gets compressed what is long`, async () => {
      await withServer(settings, async (server) => {
        const ann = await joinedRaw(server, offer);
        assert.equal(ann.socket.headers['sec-websocket-extensions'], 'permessage-deflate; server_no_context_takeover; client_no_context_takeover');

        for (const compress of [true, false]) {
          const message = await echo(ann, { compress });
          assert.equal(message.isCompressed, true);
          assert.ok(message.size < description.length / 2, `${message.size} bytes`);
        }
        assert.ok(ann.socket.messages.some((one) => !one.isCompressed), 'what is short goes as it is');
        ann.socket.close();
      });
    });
  }

  test('a client that does not offer it gets nothing compressed', async () => {
    await withServer({}, async (server) => {
      const ann = await joinedRaw(server, {});

      assert.equal(ann.socket.headers['sec-websocket-extensions'], undefined);
      await echo(ann);
      assert.deepEqual(ann.socket.messages.filter((one) => one.isCompressed), []);
      ann.socket.close();
    });
  });

  test('False: not agreed, nothing is compressed, and a compressed message is a fault', async () => {
    await withServer({ PERMESSAGE_DEFLATE: 'False' }, async (server) => {
      const ann = await joinedRaw(server, offer);

      assert.equal(ann.socket.headers['sec-websocket-extensions'], undefined);
      await echo(ann);
      assert.deepEqual(ann.socket.messages.filter((one) => one.isCompressed), []);
      ann.socket.send('421["get_trash",{}]', { compress: true });
      await ann.socket.closed;
      assert.equal(ann.socket.closeCode, 1002);
    });
  });
});

describe('PING_INTERVAL and PING_TIMEOUT', () => {
  const handshakes = [
    ['the defaults', {}, [15_000, 60_000]], ['seconds', { PING_INTERVAL: '7', PING_TIMEOUT: '11' }, [7_000, 11_000]],
    ['with a unit', { PING_INTERVAL: '300ms', PING_TIMEOUT: '1m' }, [300, 60_000]],
  ];
  for (const [what, settings, times] of handshakes) {
    test(`${what}: told in the handshake, over both transports`, async () => {
      await withServer(settings, async (server) => {
        const socket = await RawWebSocket.open(server);
        for (const text of [(await socket.next('0')).text, (await polling(server)).body]) {
          const { pingInterval, pingTimeout } = JSON.parse(text.slice(1));
          assert.deepEqual([pingInterval, pingTimeout], times);
        }
        socket.close();
      });
    });
  }

  test('a silent client is closed, one that answers is not', async () => {
    await withServer({ PING_INTERVAL: '50ms', PING_TIMEOUT: '500ms' }, async (server) => {
      const talking = await RawWebSocket.open(server);
      await talking.connect(token('ann'));
      const silent = await RawWebSocket.open(server);
      silent.answersPings = false;
      await silent.connect(token('bob'));

      await silent.closed;

      assert.equal(silent.messages.filter((one) => one.text === '2').length, 1, 'it was asked once');
      assert.equal(silent.closeCode, 1000);
      for (let pings = 0; pings < 5; ++pings) await talking.next('2');
      assert.equal(talking.isClosed, false);
      await until(async () => (await (await fetch(`${server.url}/health`)).json()).connections.total_connections === 1, 'it is counted no more');
      talking.close();
    });
  });

  test('a silent client is waited for as long as PING_TIMEOUT says', async () => {
    await withServer({ PING_INTERVAL: '50ms', PING_TIMEOUT: '1h' }, async (server) => {
      const silent = await RawWebSocket.open(server);
      silent.answersPings = false;
      await silent.connect(token('ann'));
      const talking = await RawWebSocket.open(server);
      await talking.connect(token('bob'));

      for (let pings = 0; pings < 20; ++pings) await talking.next('2');

      assert.equal(silent.isClosed, false);
      silent.send('420["get_trash",{}]');
      await silent.next('430');
      for (const socket of [silent, talking]) socket.close();
    });
  });

  test('a real client follows both: it stays with a server that asks, and leaves one that has gone silent', async () => {
    await withServer({ PING_INTERVAL: '100ms', PING_TIMEOUT: '200ms' }, async (server) => {
      const ann = await connect(server, person('ann'));
      for (let pings = 0; pings < 5; ++pings) await new Promise((resolve) => ann.socket.io.once('ping', resolve));

      server.process.kill('SIGSTOP');
      try {
        assert.equal(await ann.next('(disconnect)'), 'ping timeout');
      } finally {
        server.process.kill('SIGCONT');
      }
    });
  });
});

describe('CORS_ORIGINS', () => {
  const good = 'https://app.example.org';
  const other = 'https://evil.example.org';
  const settings = { CORS_ORIGINS: `${good},http://localhost:3000` };
  const forbidden = { code: 4, message: 'Forbidden' };

  test('pages of these origins may connect, with credentials', async () => {
    await withServer(settings, async (server) => {
      for (const origin of [good, 'http://localhost:3000']) {
        const { status, headers } = await polling(server, { origin });
        assert.equal(status, 200);
        assert.equal(headers.get('access-control-allow-origin'), origin);
        assert.equal(headers.get('access-control-allow-credentials'), 'true');
        for (const transport of ['websocket', 'polling']) await connect(server, person('ann'), { transport, headers: { origin } });
      }
    });
  });

  test('no other page may, by polling or by WebSocket', async () => {
    await withServer(settings, async (server) => {
      for (const origin of [other, `${good}:8443`, 'http://app.example.org', `${good}.evil.org`, 'http://localhost:3001', 'null']) {
        const { status, headers, body } = await polling(server, { origin });
        assert.deepEqual([status, JSON.parse(body)], [403, forbidden], origin);
        assert.equal(headers.get('access-control-allow-origin'), null);
        const refused = await refusedUpgrade(server, { origin });
        assert.deepEqual([refused.status, JSON.parse(refused.body)], [403, forbidden], origin);
        const preflight = await fetch(`${server.url}/auth/login`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
        assert.equal(preflight.headers.get('access-control-allow-origin'), null);
        for (const transport of ['websocket', 'polling'])
          await assert.rejects(connect(server, person('ann'), { transport, headers: { origin } }), /websocket error|xhr poll error/);
      }
    });
  });

  test('pages of the server itself may, and clients that are no browser', async () => {
    await withServer(settings, async (server) => {
      await connect(server, person('ann'), { headers: { origin: server.url } });
      await connect(server, person('bob'));
    });
  });

  for (const [what, star] of [['*', { CORS_ORIGINS: '*' }], ['the default', {}]]) {
    test(`${what}: every page may connect; credentials only for pages of this host`, async () => {
      await withServer(star, async (server) => {
        const far = await polling(server, { origin: other });
        assert.deepEqual([far.status, far.headers.get('access-control-allow-origin'), far.headers.get('access-control-allow-credentials')], [200, '*', null]);
        const near = await polling(server, { origin: 'http://127.0.0.1:3000' });
        assert.deepEqual([near.headers.get('access-control-allow-origin'), near.headers.get('access-control-allow-credentials')], ['http://127.0.0.1:3000', 'true']);
        await connect(server, person('ann'), { headers: { origin: other } });
      });
    });
  }
});

describe('PUBLIC_URL', () => {
  const linkOf = async (server) => {
    const ann = await joined(server, 'ann');
    return ann.ok('create_share_link', { list_id: ann.own, role: 'viewer' });
  };
  const cookiesOf = async (server) => {
    const send = (path, body) => fetch(`${server.url}/auth/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const account = { email: `${person('mail')}@example.org`, password: 'correct horse', name: 'Ann' };
    await send('register', account);
    const cookies = (await send('login', account)).headers.getSetCookie();
    assert.equal(cookies.length, 2);
    return cookies;
  };
  const cases = [
    ['https', 'https://todo.example.org', 'https://todo.example.org', true],
    ['https with a path, a slash at its end', 'https://example.org:8443/todo/', 'https://example.org:8443/todo', true],
    ['http', 'http://todo.example.org', 'http://todo.example.org', false],
  ];
  for (const [what, value, base, isSecure] of cases) {
    test(`${what}: begins share links, which work, and cookies are ${isSecure ? '' : 'not '}Secure`, async () => {
      await withServer({ PUBLIC_URL: value }, async (server) => {
        const { url, code } = await linkOf(server);

        assert.equal(url, `${base}/join/${code}`);
        const bob = await joined(server, 'bob');
        await bob.ok('accept_share_link', { code: url.slice(`${base}/join/`.length) });
        for (const cookie of await cookiesOf(server)) assert.equal(/; Secure/.test(cookie), isSecure, cookie);
      });
    });
  }

  test('without it, links are for this machine', async () => {
    await withServer({}, async (server) => {
      const { url, code } = await linkOf(server);

      assert.equal(url, `http://localhost:${server.port}/join/${code}`);
      for (const cookie of await cookiesOf(server)) assert.doesNotMatch(cookie, /; Secure/);
    });
  });
});
