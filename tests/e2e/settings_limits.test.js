// LIMIT_CONNECTIONS, LIMIT_CONNECTIONS_PER_IP, TRUSTED_PROXIES, LIMIT_SEND_QUEUE_BYTES, and the default of every limit.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { connect, connectionError, joined, person, uuid } from './support/client.js';
import { until } from './support/deadline.js';
import { RawWebSocket } from './support/raw_websocket.js';
import { withServer } from './support/suite.js';
import { token } from './support/token.js';

const serverIsFull = {
  message: 'This server has as many connections as it may have. Try again later', data: { event: 'auth_error', code: 'rate_limited' },
};
const addressIsFull = {
  message: 'Your address has too many connections open. Close another one first', data: { event: 'auth_error', code: 'rate_limited' },
};

async function metric(server, name) {
  const text = await (await fetch(`${server.url}/metrics`, { headers: { accept: 'text/plain' } })).text();
  return Number(text.match(new RegExp(`^${name} (\\d+)$`, 'm'))[1]);
}

/** Engine.IO sessions that nobody connects with: each is a connection of its address. */
async function openSessions(server, count, headers = {}) {
  for (let opened = 0; opened < count;) {
    const portion = Math.min(50, count - opened);
    const answers = await Promise.all(Array.from({ length: portion }, () => fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers })));
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      await answer.arrayBuffer();
    }
    opened += portion;
  }
}

test('the default of every limit is the documented one', async () => {
  const documented = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8').matchAll(/^\| `(LIMIT_[A-Z_]+)` \| `(\w+)` \|/gm);
  const rows = [...documented].map(([, name, value]) => [name, value]);
  assert.ok(rows.length >= 11);
  // What the tests set for themselves is taken away: an empty value is the same as none.
  await withServer({ LIMIT_EVENTS_PER_SECOND: '' }, async (server) => {
    const shown = Object.fromEntries([...(await server.command('config')).matchAll(/^(LIMIT_[A-Z_]+)=(\w+) +# default$/gm)].map(([, name, value]) => [name, value]));
    assert.deepEqual(shown, Object.fromEntries(rows));
  });
});

describe('LIMIT_CONNECTIONS', () => {
  for (const transport of ['websocket', 'polling']) {
    test(`refuses a connection too many, of any user, until one ends (${transport})`, async () => {
      await withServer({ LIMIT_CONNECTIONS: '2' }, async (server) => {
        const first = await connect(server, person('ann'), { transport });
        await connect(server, person('bob'), { transport });

        assert.deepEqual(await connectionError(server, token(person('cat')), { transport }), serverIsFull);
        first.close();
        await until(async () => await metric(server, 'collab_connections') === 1, 'the closed connection is counted no more');
        await connect(server, person('cat'), { transport });

        assert.deepEqual(await connectionError(server, token(person('dan')), { transport }), serverIsFull);
      });
    });
  }

  for (const [what, settings] of [['0', { LIMIT_CONNECTIONS: '0' }], ['the default', {}]]) {
    test(`${what} refuses nobody`, async () => {
      await withServer(settings, async (server) => {
        await Promise.all(Array.from({ length: 200 }, () => connect(server, person('guest'))));

        assert.equal(await metric(server, 'collab_connections'), 200);
      });
    });
  }
});

describe('LIMIT_CONNECTIONS_PER_IP', () => {
  for (const transport of ['websocket', 'polling']) {
    test(`refuses a connection too many from one address, until one ends (${transport})`, async () => {
      await withServer({ LIMIT_CONNECTIONS_PER_IP: '2' }, async (server) => {
        const first = await connect(server, person('ann'), { transport });
        await connect(server, person('bob'), { transport });

        assert.deepEqual(await connectionError(server, token(person('cat')), { transport }), addressIsFull);
        first.close();
        await until(async () => await metric(server, 'collab_engineio_sessions') === 1, 'the closed session and the refused one have gone');
        await connect(server, person('cat'), { transport });
      });
    });
  }

  test('is 1000 by default', async () => {
    await withServer({ CONNECT_TIMEOUT: '1h' }, async (server) => {
      await openSessions(server, 999);
      const last = await connect(server, person('ann'));

      assert.deepEqual(await connectionError(server, token(person('bob'))), addressIsFull);
      await last.settle();
    });
  });

  test('0 is no limit', async () => {
    await withServer({ CONNECT_TIMEOUT: '1h', LIMIT_CONNECTIONS_PER_IP: '0' }, async (server) => {
      await openSessions(server, 1000);

      await connect(server, person('ann'));

      assert.equal(await metric(server, 'collab_engineio_sessions'), 1001);
    });
  });
});

describe('TRUSTED_PROXIES', () => {
  const via = (addresses, transport = 'websocket') => ({ headers: { 'x-forwarded-for': addresses }, transport });
  const one = { LIMIT_CONNECTIONS_PER_IP: '1' };

  for (const [what, settings] of [['none by default', {}], ['a network that the peer is not in', { TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1' }]]) {
    test(`${what}: X-Forwarded-For is ignored, all are one address`, async () => {
      await withServer({ ...one, ...settings }, async (server) => {
        await connect(server, person('ann'), via('203.0.113.1'));

        assert.deepEqual(await connectionError(server, token(person('bob')), via('203.0.113.2')), addressIsFull);
      });
    });
  }

  for (const proxies of ['127.0.0.1', '192.0.2.1, 127.0.0.0/8']) {
    for (const transport of ['websocket', 'polling']) {
      test(`${proxies}: each forwarded address is counted by itself (${transport})`, async () => {
        await withServer({ ...one, TRUSTED_PROXIES: proxies }, async (server) => {
          await connect(server, person('ann'), via('203.0.113.1', transport));
          await connect(server, person('bob'), via('2001:db8::1', transport));

          assert.deepEqual(await connectionError(server, token(person('cat')), via('203.0.113.1', transport)), addressIsFull);
          assert.deepEqual(await connectionError(server, token(person('cat')), via('2001:db8::1', transport)), addressIsFull);
        });
      });
    }
  }

  test('only what a trusted proxy wrote is believed', async () => {
    await withServer({ ...one, TRUSTED_PROXIES: '127.0.0.1,192.0.2.1' }, async (server) => {
      await connect(server, person('ann'), via('203.0.113.1'));

      // The client's own words stand to the left of what the proxies added.
      assert.deepEqual(await connectionError(server, token(person('bob')), via('198.51.100.9, 203.0.113.1')), addressIsFull);
      assert.deepEqual(await connectionError(server, token(person('bob')), via('198.51.100.9, 203.0.113.1, 192.0.2.1')), addressIsFull);
      await connect(server, person('cat'), via('203.0.113.1, 203.0.113.2'));
    });
  });

  test('the attempts to register are counted by the same address', async () => {
    const attempt = async (server, address) => (await fetch(`${server.url}/auth/register`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-forwarded-for': address }, body: '{"email":"","password":"","name":""}',
    })).status;
    await withServer({ LIMIT_REGISTRATIONS_PER_HOUR: '1', TRUSTED_PROXIES: '127.0.0.1' }, async (server) => {
      assert.deepEqual([await attempt(server, '203.0.113.1'), await attempt(server, '203.0.113.1'), await attempt(server, '203.0.113.2')], [400, 429, 400]);
    });
    await withServer({ LIMIT_REGISTRATIONS_PER_HOUR: '1' }, async (server) => {
      assert.deepEqual([await attempt(server, '203.0.113.1'), await attempt(server, '203.0.113.2')], [400, 429]);
    });
  });
});

describe('LIMIT_SEND_QUEUE_BYTES', () => {
  // More than the default and all that the kernel's own buffers take on the way.
  const plenty = 32e6;
  const fields = { name: '\u{1F4DD}'.repeat(255), description: '\u{1F95B}'.repeat(2000) };
  const size = Buffer.byteLength(JSON.stringify(fields));

  /** Ann writes until the server has closed somebody for not reading, or `most` bytes are there for each member. Returns how many were. */
  async function flood(server, ann, list_id, most) {
    const ops = (count) => Array.from({ length: count }, () => ({ event: 'add_item', data: { list_id, item_id: uuid(), ...fields } }));
    let sent = 0;
    while (sent < most && await metric(server, 'collab_engineio_slow_closed_total') === 0) {
      const { replies } = await ann.ok('batch', { ops: ops(50) });
      for (const reply of replies) assert.equal(reply.ok, true, JSON.stringify(reply));
      sent += 50 * size;
    }
    return sent;
  }

  async function withSleeper(settings, use) {
    await withServer(settings, async (server) => {
      const ann = await joined(server, 'ann');
      const { list_id } = await ann.ok('create_list', { name: 'Flood' });
      const reader = await joined(server, 'reader');
      const sleeper = await RawWebSocket.open(server);
      const user = person('sleeper');
      await sleeper.connect(token(user));
      sleeper.send('420["join",{}]');
      await sleeper.next('430');
      for (const member of [reader.user, user]) await ann.ok('share_list', { list_id, shared_user_id: member, role: 'viewer' });
      await sleeper.next('42["list_shared_with_you"');
      await reader.next('list_shared_with_you');
      sleeper.socket.pause();
      try {
        await use({ server, ann, reader, sleeper, list_id });
        // Whoever reads was never in danger, and has got all of it in order.
        await reader.settle();
        let before;
        const events = reader.log.filter((one) => one.event === 'item_added' && one.data.list_id === list_id).map((one) => one.data);
        assert.ok(events.length > 0);
        for (const event of events) {
          if (before) assert.equal(event.prev_rev, before);
          before = event.rev;
        }
        assert.equal(reader.log.filter((one) => one.event === '(disconnect)').length, 0);
      } finally {
        sleeper.close();
      }
    });
  }

  for (const [what, settings, least] of [['the default of 4M', {}, 4 * 1024 * 1024], ['256k', { LIMIT_SEND_QUEUE_BYTES: '256k' }, 256 * 1024]]) {
    test(`${what}: who does not read is closed, who reads is not`, { timeout: 120_000 }, async () => {
      await withSleeper(settings, async ({ server, ann, sleeper, list_id }) => {
        const sent = await flood(server, ann, list_id, plenty);

        assert.equal(await metric(server, 'collab_engineio_slow_closed_total'), 1, `after ${sent} bytes`);
        assert.ok(sent > least, `closed after ${sent} bytes`);
        sleeper.socket.resume();
        await sleeper.closed;
        assert.equal((await (await fetch(`${server.url}/health`)).json()).connections.total_connections, 2);
      });
    });
  }

  test('0: who does not read is never closed, and finds everything when he reads', { timeout: 120_000 }, async () => {
    await withSleeper({ LIMIT_SEND_QUEUE_BYTES: '0' }, async ({ server, ann, sleeper, list_id }) => {
      const sent = await flood(server, ann, list_id, plenty);

      assert.equal(await metric(server, 'collab_engineio_slow_closed_total'), 0);
      sleeper.socket.resume();
      for (let got = 0; got < sent; got += size) await sleeper.next('42["item_added"');
      assert.equal(sleeper.isClosed, false);
    });
  });
});
