// Two servers as they are run with care: a Redis that speaks TLS only and knows them by certificate and password, with the rights that
// docs/operations.md names and no more, and a database behind a pooler.
process.env.STORAGE = 'redis';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Certificates } from './support/certificates.js';
import { closeAll, person } from './support/client.js';
import { Pgbouncer } from './support/pgbouncer.js';
import { Redis, serverPort } from './support/redis.js';
import { TestServer } from './support/server.js';
import { assertNothingLost, assertOneList, Person, Traffic } from './support/traffic.js';

const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const rights = /^user collab on >PASSWORD (.*)$/m.exec(operations)[1].split(' ');

/** Two servers edit one list, through a kill of Redis' connections. */
async function assertTwoServersWork(one, settings = {}) {
  const two = await one.another(settings);
  const ann = await Person.come(one, person('ann'));
  const bob = await Person.come(two, person('bob'));
  const { list_id } = await ann.insist('create_list', { name: 'Shared' });
  await ann.insist('share_list', { list_id, shared_user_id: bob.user, role: 'editor' });
  await bob.client.next('list_shared_with_you', (data) => data.list_id === list_id);
  const traffics = [ann, bob].map((who) => new Traffic(who, list_id));
  await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
  one.redis.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  one.redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await Promise.all(traffics.map((traffic) => traffic.goOn(20)));
  for (const traffic of traffics) await traffic.stop();
  assertNothingLost(await assertOneList(one, list_id, [ann, bob]), ...traffics);
  closeAll();
  await two.stop();
}

test('Redis with TLS, client certificates and an ACL user with few rights', { timeout: 120_000 }, async () => {
  const certificates = new Certificates();
  const port = await serverPort();
  const redis = await Redis.start(['--tls-port', String(port), '--tls-cert-file', certificates.server.certificate, '--tls-key-file', certificates.server.key,
    '--tls-ca-cert-file', certificates.ca.certificate, '--tls-auth-clients', 'yes',
    '--user', 'collab', 'on', '>p@ss/word', ...rights]);
  const files = { REDIS_CA_FILE: certificates.ca.certificate, REDIS_CERT_FILE: certificates.client.certificate, REDIS_KEY_FILE: certificates.client.key };
  const server = await TestServer.start({ REDIS_URL: `rediss://collab:p%40ss%2Fword@127.0.0.1:${port}/0`, ...files }, { redis });
  try {
    await assertTwoServersWork(server);
    assert.equal(redis.cli('ACL', 'LOG'), '', 'nothing was denied');
    assert.doesNotMatch(server.said, /p@ss|p%40ss/);
  } finally {
    closeAll();
    await server.stop();
    certificates.end();
  }
});

test('a key without its certificate is a mistake in the settings', async () => {
  const { code, said } = await TestServer.refusedStart({ REDIS_URL: 'rediss://127.0.0.1:1', DATABASE_URL: 'postgresql://127.0.0.1:1/none', REDIS_KEY_FILE: 'key.pem' });
  assert.equal(code, 2);
  assert.match(said, /REDIS_CERT_FILE: is missing: a certificate and its key go together/);
});

test('two servers and their workers behind a pgbouncer in transaction mode', { timeout: 120_000 }, async () => {
  const server = await TestServer.start();
  const pooler = await Pgbouncer.before(server.postgres);
  try {
    await server.restart({ DATABASE_URL: pooler.url });
    await assertTwoServersWork(server);
  } finally {
    closeAll();
    await server.stop();
    pooler.end();
  }
});
