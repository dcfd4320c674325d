// REGISTRATION, JWT_JWKS_FILE, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, JWT_ALGORITHM.
import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, connectionError, connectionRefusal, joined, person } from './support/client.js';
import { until } from './support/deadline.js';
import { KeyServer, issue, keySet, makeKey } from './support/issuer.js';
import { secret } from './support/server.js';
import { withServer } from './support/suite.js';
import { token } from './support/token.js';

const invalid = { event: 'auth_error', code: 'token_invalid' };
const wrongAlgorithm = { message: 'The token is signed with an algorithm that is not accepted here.', data: invalid };
const wrongSignature = { message: "The token's signature is not right.", data: invalid };
const wrongParty = { message: 'The token was made by or for somebody else.', data: invalid };

async function post(server, path, body) {
  const response = await fetch(`${server.url}/auth/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

const newcomer = () => ({ email: `${person('mail')}@example.org`, password: 'correct horse', name: 'New' });

/** It connects, as the user that the token names. */
async function accepted(server, authToken, user) {
  const client = await connect(server, user, { token: authToken });
  assert.equal(client.connected.user_id, user);
  client.close();
}

describe('REGISTRATION', () => {
  for (const [what, settings] of [['open', { REGISTRATION: 'open' }], ['the default', {}]]) {
    test(`${what}: anybody may register`, async () => {
      await withServer(settings, async (server) => {
        assert.equal((await post(server, 'register', newcomer())).status, 201);
      });
    });
  }

  test('closed: nobody may register, not with an invitation either; accounts that are there stay', async () => {
    await withServer({}, async (server) => {
      const there = newcomer();
      assert.equal((await post(server, 'register', there)).status, 201);
      await server.restart({ REGISTRATION: 'closed' });
      const ann = await joined(server, 'ann');
      const invited = newcomer();
      await ann.ok('share_list', { list_id: ann.own, email: invited.email, role: 'viewer' });

      for (const account of [newcomer(), invited]) {
        assert.deepEqual(await post(server, 'register', account), { status: 403, body: { error: 'Registration is closed on this server.' } });
        assert.equal((await post(server, 'login', account)).status, 401, 'nothing was made');
      }
      assert.equal((await post(server, 'login', there)).status, 200);
    });
  });

  test('invite: only whom somebody shared a list with by this e-mail, who then has the list', async () => {
    await withServer({ REGISTRATION: 'invite' }, async (server) => {
      const ann = await joined(server, 'ann');
      const invited = newcomer();
      await ann.ok('share_list', { list_id: ann.own, email: invited.email, role: 'editor' });

      assert.deepEqual(await post(server, 'register', newcomer()), { status: 403, body: { error: 'Registration on this server is by invitation only.' } });
      assert.equal((await post(server, 'register', invited)).status, 201);

      const { access_token, user_id } = (await post(server, 'login', invited)).body;
      const bob = await connect(server, user_id, { token: access_token });
      await bob.ok('join');
      assert.deepEqual((await bob.next('user_lists')).lists.map(({ list_id, role }) => [list_id, role]), [[ann.own, 'editor']]);
    });
  });
});

describe('tokens of another issuer', () => {
  const rsa = makeKey('RS256', 'rsa-1');
  const ec = makeKey('ES256', 'ec-1');
  const strange = { RS256: makeKey('RS256', 'rsa-1'), ES256: makeKey('ES256', 'ec-1') };
  let folder;
  let file;
  const publish = async (...keys) => {
    await writeFile(`${file}.new`, keySet(...keys));
    await rename(`${file}.new`, file);
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'e2e-keys-'));
    file = join(folder, 'jwks.json');
    await publish(rsa, ec);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  describe('JWT_JWKS_FILE', () => {
    for (const key of [rsa, ec]) {
      test(`accepts ${key.alg} by the key of the file, and no other key with its name`, async () => {
        await withServer({ JWT_JWKS_FILE: file }, async (server) => {
          await accepted(server, issue(key, 'ann'), 'ann');
          await accepted(server, issue({ ...key, kid: undefined }, 'ann'), 'ann');

          assert.deepEqual(await connectionError(server, issue(strange[key.alg], 'ann')), wrongSignature);
          assert.deepEqual(await connectionError(server, issue({ ...key, kid: 'unknown' }, 'ann')), wrongSignature);
          assert.deepEqual(await connectionRefusal(server, issue(key, 'ann', { exp: 1 })), { event: 'auth_error', code: 'token_expired' });
        });
      });
    }

    test('takes new keys from a changed file, and forgets those that are gone', async () => {
      const own = join(folder, 'rotated.json');
      await writeFile(own, keySet(rsa));
      const next = makeKey('RS256', 'rsa-2');
      await withServer({ JWT_JWKS_FILE: own }, async (server) => {
        await accepted(server, issue(rsa, 'ann'), 'ann');
        assert.deepEqual(await connectionError(server, issue(next, 'ann')), wrongSignature);

        await writeFile(`${own}.new`, keySet(next));
        await rename(`${own}.new`, own);

        await until(() => accepted(server, issue(next, 'ann'), 'ann').then(() => true, () => false), 'the file is read again');
        assert.deepEqual(await connectionError(server, issue(rsa, 'ann')), wrongSignature);
        await writeFile(own, 'not a key set');
        await until(async () => {
          await accepted(server, issue(next, 'ann'), 'ann');
          return /the key set is not usable; keys stay as they were/.test(server.said);
        }, 'the spoilt file is noticed, and changes nothing');
      });
    });

    test('the accounts of the server stay beside it, unless AUTH_SERVICE=off', async () => {
      await withServer({ JWT_JWKS_FILE: file }, async (server) => {
        const account = newcomer();
        await post(server, 'register', account);
        const { access_token, user_id } = (await post(server, 'login', account)).body;
        await accepted(server, access_token, user_id);
      });
      await withServer({ JWT_JWKS_FILE: file, AUTH_SERVICE: 'off' }, async (server) => {
        await accepted(server, issue(rsa, 'ann'), 'ann');
        assert.deepEqual(await connectionError(server, token('ann')), wrongAlgorithm);
      });
    });
  });

  describe('JWT_JWKS_URL', () => {
    test('accepts RS256 and ES256 by the fetched keys, and takes up a new key', { timeout: 120_000 }, async () => {
      const issuer = await KeyServer.start(keySet(rsa, ec));
      const next = makeKey('ES256', 'ec-2');
      try {
        await withServer({ JWT_JWKS_URL: issuer.url, AUTH_SERVICE: 'off' }, async (server) => {
          for (const key of [rsa, ec, rsa]) await accepted(server, issue(key, 'ann'), 'ann');
          assert.equal(issuer.asked, 1, 'the keys are kept');
          assert.deepEqual(await connectionError(server, issue(strange.RS256, 'ann')), wrongSignature);

          issuer.keys = keySet(next);
          // Invented key ids cost the issuer nothing: it is asked at most every 30 s.
          assert.deepEqual(await connectionError(server, issue(next, 'ann')), wrongSignature);
          assert.equal(issuer.asked, 1);
          await until(() => accepted(server, issue(next, 'ann'), 'ann').then(() => true, () => false), 'the keys are fetched again', 60_000);

          assert.equal(issuer.asked, 2);
          for (const key of [rsa, ec]) assert.deepEqual(await connectionError(server, issue(key, 'ann')), wrongSignature);
        });
      } finally {
        await issuer.stop();
      }
    });

    test('while the issuer does not answer, tokens are refused as `unavailable`, not as wrong', async () => {
      const issuer = await KeyServer.start(null);
      try {
        await withServer({ JWT_JWKS_URL: issuer.url }, async (server) => {
          assert.deepEqual(await connectionError(server, issue(rsa, 'ann')), {
            message: "Tokens cannot be checked at the moment: the issuer's keys are not available.", data: { event: 'auth_error', code: 'unavailable' },
          });
          await accepted(server, token('ann'), 'ann');
        });
      } finally {
        await issuer.stop();
      }
    });
  });

  describe('JWT_ISSUER', () => {
    const make = { HS256: (user, claims) => token(user, claims), RS256: (user, claims) => issue(rsa, user, claims) };
    for (const [alg, of] of Object.entries(make)) {
      test(`is the only \`iss\` that is accepted (${alg})`, async () => {
        await withServer({ JWT_ISSUER: 'https://issuer.example', ...(alg === 'RS256' && { JWT_JWKS_FILE: file }) }, async (server) => {
          await accepted(server, of('ann', { iss: 'https://issuer.example' }), 'ann');

          for (const iss of ['https://another.example', 'https://issuer.example/', ['https://issuer.example'], undefined])
            assert.deepEqual(await connectionError(server, of('ann', { iss })), wrongParty, JSON.stringify(iss));
        });
      });

      test(`JWT_AUDIENCE is to be in \`aud\` (${alg})`, async () => {
        await withServer({ JWT_AUDIENCE: 'todo', ...(alg === 'RS256' && { JWT_JWKS_FILE: file }) }, async (server) => {
          for (const aud of ['todo', ['todo'], ['other', 'todo']]) await accepted(server, of('ann', { aud }), 'ann');

          for (const aud of ['other', ['other'], [], 'todo2', 7, undefined])
            assert.deepEqual(await connectionError(server, of('ann', { aud })), wrongParty, JSON.stringify(aud));
        });
      });
    }

    test('and JWT_AUDIENCE are not checked when they are not set', async () => {
      await withServer({ JWT_JWKS_FILE: file }, async (server) => {
        await accepted(server, issue(ec, 'ann', { iss: 'https://anybody.example', aud: 'anything' }), 'ann');
        await accepted(server, token('ann', { iss: 'https://anybody.example', aud: 'anything' }), 'ann');
      });
    });

    test('and JWT_AUDIENCE are in the tokens that the server makes itself', async () => {
      await withServer({ JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'todo' }, async (server) => {
        const account = newcomer();
        await post(server, 'register', account);
        const { access_token, user_id } = (await post(server, 'login', account)).body;

        for (const [made, user] of [[access_token, user_id], [(await server.command('token', '--user', 'minted')).trim(), 'minted']]) {
          const { iss, aud } = JSON.parse(Buffer.from(made.split('.')[1], 'base64url'));
          assert.deepEqual({ iss, aud }, { iss: 'https://issuer.example', aud: 'todo' });
          await accepted(server, made, user);
        }
      });
    });
  });

  describe('JWT_ALGORITHM', () => {
    const tokens = { HS256: () => token('ann'), RS256: () => issue(rsa, 'ann'), ES256: () => issue(ec, 'ann') };
    const cases = [
      ['auto with the secret', {}, ['HS256']],
      ['HS256', { JWT_ALGORITHM: 'HS256' }, ['HS256']],
      ['auto with a key set', { JWT_JWKS_FILE: true, AUTH_SERVICE: 'off' }, ['RS256', 'ES256']],
      ['RS256', { JWT_ALGORITHM: 'RS256', JWT_JWKS_FILE: true, AUTH_SERVICE: 'off' }, ['RS256']],
      ['ES256', { JWT_ALGORITHM: 'ES256', JWT_JWKS_FILE: true, AUTH_SERVICE: 'off' }, ['ES256']],
      // The server's own accounts sign with HS256 whatever the issuer does.
      ['RS256 beside the accounts', { JWT_ALGORITHM: 'RS256', JWT_JWKS_FILE: true }, ['RS256', 'HS256']],
      ['ES256 beside the accounts', { JWT_ALGORITHM: 'ES256', JWT_JWKS_FILE: true }, ['ES256', 'HS256']],
    ];
    for (const [what, settings, good] of cases) {
      test(`${what}: accepts ${good.join(' and ')}, and nothing else`, async () => {
        await withServer({ ...settings, ...(settings.JWT_JWKS_FILE && { JWT_JWKS_FILE: file }) }, async (server) => {
          for (const [alg, make] of Object.entries(tokens)) {
            if (good.includes(alg)) await accepted(server, make(), 'ann');
            else assert.deepEqual(await connectionError(server, make()), wrongAlgorithm, alg);
          }
          assert.deepEqual(await connectionError(server, token('ann', {}, { alg: 'none' })), wrongAlgorithm);
          assert.deepEqual(await connectionError(server, token('ann', {}, { alg: 'HS512' })), wrongAlgorithm);
        });
      });
    }

    test('a public key is no secret, and an algorithm not that of another kind of key', async () => {
      await withServer({ JWT_JWKS_FILE: file }, async (server) => {
        const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
        assert.deepEqual(await connectionError(server, token('ann', {}, { key: pem })), wrongSignature);
        assert.deepEqual(await connectionError(server, issue({ ...ec, alg: 'RS256' }, 'ann')), wrongSignature);
        assert.deepEqual(await connectionError(server, issue({ ...rsa, alg: 'ES256' }, 'ann')), wrongSignature);
      });
    });
  });
});
