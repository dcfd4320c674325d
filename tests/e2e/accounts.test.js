// The built-in account service over HTTP, and the browser client of the Python original with exactly what it sends.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { add, connect, joined, person } from './support/client.js';
import { freePort } from './support/server.js';
import { serverForAllTests, withServer } from './support/suite.js';

const server = serverForAllTests({ LIMIT_LOGINS_PER_MINUTE: '0', LIMIT_REGISTRATIONS_PER_HOUR: '0' });
const origin = 'http://127.0.0.1:3000';

/** A browser as far as the account service sees one: it keeps cookies and sends its origin. */
class Browser {
  cookies = new Map();

  constructor(base) {
    this.base = base;
  }

  async request(method, path, { body, headers = {} } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.base}/auth/${path}`, {
      method,
      headers: { origin, ...(body && { 'content-type': 'application/json' }), ...(cookie && { cookie }), ...headers },
      body: body && JSON.stringify(body),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
  }

  refresh(csrf = this.cookies.get('csrf_refresh_token') ?? '') {
    return this.request('POST', 'refresh', { headers: { 'x-csrf-token': csrf } });
  }
}

const newcomer = (name = 'Ann') => ({ email: `${person('mail')}@example.org`, password: 'correct horse', name });

/** A registered and logged-in browser. */
async function signedIn(base, account = newcomer()) {
  const browser = new Browser(base);
  assert.equal((await browser.request('POST', 'register', { body: account })).status, 201);
  const { status, body } = await browser.request('POST', 'login', { body: { email: account.email, password: account.password } });
  assert.equal(status, 200);
  return { browser, account, ...body };
}

describe('register', () => {
  test('makes an account and says its id', async () => {
    const { status, body } = await new Browser(server.current.url).request('POST', 'register', { body: newcomer() });

    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body).sort(), ['id', 'message']);
  });

  test('refuses a taken e-mail, in any case, and bad fields', async () => {
    const browser = new Browser(server.current.url);
    const account = newcomer();
    await browser.request('POST', 'register', { body: account });
    const bad = [
      account, { ...account, email: account.email.toUpperCase() }, { ...newcomer(), email: 'no address' }, { ...newcomer(), password: 'short' },
      { email: account.email }, {},
    ];
    for (const body of bad) {
      const answer = await browser.request('POST', 'register', { body });
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.equal(typeof answer.body.error, 'string');
    }
  });
});

describe('login', () => {
  test('gives a token that connects, and two cookies', async () => {
    const { browser, account, access_token, user_id } = await signedIn(server.current.url);
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url'));
    assert.deepEqual([claims.sub, claims.type, claims.exp - claims.iat], [user_id, 'access', 15 * 60]);
    assert.ok(claims.jti && claims.nbf);

    const { headers } = await browser.request('POST', 'login', { body: { email: account.email, password: account.password } });
    const [refresh, csrf] = ['refresh_token_cookie', 'csrf_refresh_token'].map((name) => headers.getSetCookie().find((line) => line.startsWith(`${name}=`)));
    assert.match(refresh, /HttpOnly/i);
    assert.doesNotMatch(csrf, /HttpOnly/i);
    for (const cookie of [refresh, csrf]) assert.match(cookie, /Path=\/(;|$)/i);
    assert.match(refresh, /SameSite=Lax/i);
    const client = await connect(server.current, user_id, { token: access_token });
    assert.equal(client.connected.user_id, user_id);
  });

  test('answers the same for a wrong password as for an unknown e-mail', async () => {
    const { browser, account } = await signedIn(server.current.url);

    const wrong = await browser.request('POST', 'login', { body: { email: account.email, password: 'wrong password' } });
    const unknown = await browser.request('POST', 'login', { body: { email: newcomer().email, password: 'wrong password' } });

    assert.deepEqual([wrong.status, unknown.status], [401, 401]);
    assert.deepEqual(wrong.body, unknown.body);
    assert.deepEqual(Object.keys(wrong.body), ['error']);
    assert.equal(wrong.headers.getSetCookie().length, 0);
  });
});

describe('refresh', () => {
  test('gives a new access token for the cookies and the CSRF header', async () => {
    const { browser, user_id } = await signedIn(server.current.url);

    const { status, body } = await browser.refresh();

    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ['access_token']);
    assert.equal(JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url')).sub, user_id);
  });

  test('answers 401 {msg} on a first visit, and without the right CSRF header', async () => {
    const first = await new Browser(server.current.url).refresh('');
    const { browser } = await signedIn(server.current.url);
    const forged = await browser.refresh('forged');

    for (const { status, body } of [first, forged]) {
      assert.equal(status, 401);
      assert.equal(typeof body.msg, 'string');
    }
    assert.equal((await browser.refresh()).status, 200);
  });

  test('by two tabs at once gives both the same successor', async () => {
    const { browser } = await signedIn(server.current.url);
    const tab = new Browser(server.current.url);
    tab.cookies = new Map(browser.cookies);

    const answers = await Promise.all([browser.refresh(), tab.refresh()]);

    assert.deepEqual(answers.map((one) => one.status), [200, 200]);
    assert.equal(browser.cookies.get('refresh_token_cookie'), tab.cookies.get('refresh_token_cookie'));
    assert.equal((await tab.refresh()).status, 200);
  });
});

describe('me and logout', () => {
  test('me tells who one is', async () => {
    const { browser, account, access_token, user_id } = await signedIn(server.current.url);

    const known = await browser.request('GET', 'me', { headers: { authorization: `Bearer ${access_token}` } });
    const unknown = await browser.request('GET', 'me');

    assert.deepEqual([known.status, known.body], [200, { user_id, email: account.email, name: 'Ann' }]);
    assert.equal(unknown.status, 401);
  });

  test('another name is seen by the members of every list, and carried by every token from then on', async () => {
    const ann = await signedIn(server.current.url, newcomer('Ann'));
    const [a, bob] = [await connect(server.current, ann.user_id, { token: ann.access_token }), await joined(server.current, 'bob')];
    await a.ok('join');
    const { list_id } = await a.ok('create_list', { name: 'Shared' });
    await a.ok('share_list', { list_id, shared_user_id: bob.user, role: 'viewer' });
    await bob.next('list_shared_with_you');
    const rename = (name) => ann.browser.request('PATCH', 'me', { body: { name }, headers: { authorization: `Bearer ${ann.access_token}` } });

    const refused = await rename('  ');
    assert.deepEqual([refused.status, refused.body.errors.map(({ loc }) => loc)], [400, [['name']]]);
    assert.deepEqual(await rename('Anna ✈').then(({ status, body }) => [status, body.name]), [200, 'Anna ✈']);

    const nameIn = (members) => members.find(({ user_id }) => user_id === ann.user_id).name;
    for (const one of [a, bob]) {
      const changed = await one.next('members_changed', (event) => event.list_id === list_id && nameIn(event.members) === 'Anna ✈');
      assert.equal(changed.owner_id, ann.user_id);
    }
    assert.deepEqual(a.log.filter(({ event }) => event === 'list_shared_with_you'), []);
    const { list_id: later } = await a.ok('create_list', { name: 'Made later, by the same socket' });
    const made = await a.next('list_created', ({ list }) => list.id === later);
    assert.equal(nameIn(made.members ?? made.list.members), 'Anna ✈');
    const { access_token } = (await ann.browser.refresh()).body;
    assert.equal(JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url')).name, 'Anna ✈');
  });

  test('logout everywhere ends every login of the user, and its sockets', async () => {
    const first = await signedIn(server.current.url);
    const stranger = await signedIn(server.current.url);
    const second = new Browser(server.current.url);
    const other = (await second.request('POST', 'login', { body: first.account })).body;
    const sockets = [];
    for (const token of [first.access_token, other.access_token]) sockets.push(await connect(server.current, first.user_id, { token }));
    const kept = await connect(server.current, stranger.user_id, { token: stranger.access_token });

    const { status } = await second.request('POST', 'logout', { body: { everywhere: true }, headers: { authorization: `Bearer ${other.access_token}` } });

    assert.equal(status, 200);
    for (const socket of sockets) assert.equal(await socket.next('(disconnect)'), 'io server disconnect');
    assert.deepEqual([(await first.browser.refresh()).status, (await second.refresh()).status], [401, 401]);
    await kept.ok('join');
  });

  test('config tells what a form must know, to everybody', async () => {
    const { status, body } = await new Browser(server.current.url).request('GET', 'config');
    assert.deepEqual([status, body], [200, { registration: 'open', password_min: 8, password_max: 128, name_max: 100 }]);
    await withServer({ REGISTRATION: 'closed' }, async (own) => {
      assert.equal((await new Browser(own.url).request('GET', 'config')).body.registration, 'closed');
    });
  });

  test('logout ends the login, its sockets and no others', async () => {
    const first = await signedIn(server.current.url);
    const second = new Browser(server.current.url);
    const other = (await second.request('POST', 'login', { body: first.account })).body;
    const socket = await connect(server.current, first.user_id, { token: first.access_token });
    const kept = await connect(server.current, first.user_id, { token: other.access_token });

    const { status, body } = await first.browser.request('POST', 'logout', { headers: { authorization: `Bearer ${first.access_token}` } });

    assert.equal(status, 200);
    assert.equal(typeof body.message, 'string');
    assert.equal(await socket.next('(disconnect)'), 'io server disconnect');
    assert.equal(first.browser.cookies.size, 0);
    assert.equal((await first.browser.refresh()).status, 401);
    await kept.ok('join');
    assert.equal((await second.refresh()).status, 200);
  });

  test('a changed password is the one that counts', async () => {
    const { browser, account, access_token } = await signedIn(server.current.url);
    const change = (current_password) => browser.request('POST', 'password', {
      headers: { authorization: `Bearer ${access_token}` }, body: { current_password, new_password: 'battery staple' },
    });

    assert.ok((await change('wrong password')).status >= 400);
    assert.equal((await change(account.password)).status, 200);

    const login = (password) => browser.request('POST', 'login', { body: { email: account.email, password } });
    assert.equal((await login(account.password)).status, 401);
    assert.equal((await login('battery staple')).status, 200);
  });
});

describe('CORS', () => {
  test('answers the exact origin, with credentials, on every path and for OPTIONS', async () => {
    const preflight = await fetch(`${server.current.url}/auth/refresh`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-csrf-token,authorization' },
    });
    assert.ok(preflight.status >= 200 && preflight.status < 300);
    const allowed = preflight.headers.get('access-control-allow-headers').toLowerCase();
    for (const name of ['content-type', 'x-csrf-token', 'authorization']) assert.ok(allowed.includes(name), name);

    const answers = [preflight, ...await Promise.all(['auth/refresh', 'auth/login'].map((path) => fetch(`${server.current.url}/${path}`, { method: 'POST', headers: { origin } })))];
    for (const { headers } of answers) {
      assert.equal(headers.get('access-control-allow-origin'), origin);
      assert.equal(headers.get('access-control-allow-credentials'), 'true');
    }
  });
});

test('every error body is JSON, 429 too, and says when to come back', async () => {
  await withServer({ LIMIT_LOGINS_PER_MINUTE: '3' }, async (own) => {
    const browser = new Browser(own.url);
    const account = newcomer();
    const answers = [];
    for (let i = 0; i < 6; ++i) answers.push(await browser.request('POST', 'login', { body: account }));

    const limited = answers.filter((one) => one.status === 429);
    assert.ok(limited.length >= 2, answers.map((one) => one.status).join());
    for (const { headers, body } of limited) {
      assert.equal(typeof body.error, 'string');
      assert.ok(Number(headers.get('retry-after')) > 0);
      assert.equal(headers.get('x-ratelimit-remaining'), '0');
      assert.ok(headers.get('x-ratelimit-limit'));
    }
    // What scripts of the page, whose origin is another, may read of it.
    const exposed = (answer) => answer.headers.get('access-control-expose-headers')?.split(', ') ?? [];
    const standing = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];
    assert.deepEqual(exposed(answers[0]), standing);
    for (const answer of limited) assert.deepEqual(exposed(answer).sort(), ['Retry-After', ...standing]);
    const missing = await fetch(`${own.url}/auth/nothing`);
    assert.equal(missing.status, 404);
    assert.match(missing.headers.get('content-type'), /json/);
    await missing.json();
  });
});

test('AUTH_SERVICE=off takes the accounts away and leaves the tokens', async () => {
  await withServer({ AUTH_SERVICE: 'off' }, async (own) => {
    assert.equal((await fetch(`${own.url}/auth/login`, { method: 'POST' })).status, 404);
    const ann = await joined(own, 'ann');
    await ann.refused('share_list', { list_id: ann.own, email: 'a@example.org', role: 'viewer' }, 'action_error', 'not_found');
  });
});

test('AUTH_PORT opens the account service, and nothing else, on a second port', async () => {
  const port = await freePort();
  await withServer({ AUTH_PORT: String(port) }, async (own) => {
    const { access_token, user_id } = await signedIn(`http://127.0.0.1:${port}`);

    const client = await connect(own, user_id, { token: access_token });
    await client.ok('join');
    assert.equal((await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`)).status, 404);
  });
});

test('the browser client of the Python original works unchanged', async () => {
  const ann = await signedIn(server.current.url, newcomer('Ann'));
  const bob = await signedIn(server.current.url, newcomer('Bob'));
  const [a, b] = [await connect(server.current, ann.user_id, { token: ann.access_token }), await connect(server.current, bob.user_id, { token: bob.access_token })];
  a.emit('join', {});
  b.emit('join', {});
  for (const one of [a, b]) {
    const { list_name, items, rev } = await one.next('list_snapshot');
    assert.deepEqual([list_name, items, typeof rev], ['My TODOs', {}, 'number']);
  }

  a.emit('create_list', { list_name: 'Old client', user_id: ann.user_id });
  const created = await a.next('list_created');
  assert.deepEqual([created.list_name, created.items, typeof created.rev], ['Old client', {}, 'number']);
  const { list_id } = created;
  a.emit('share_list', { list_id, owner_user_id: ann.user_id, shared_user_id: bob.user_id, role: 'editor' });
  await a.next('list_share_success');
  assert.equal((await b.next('list_shared_with_you')).list_id, list_id);
  b.emit('join_list', { list_id, user_id: bob.user_id });
  assert.equal((await b.next('list_snapshot', (data) => data.list_id === list_id)).list_name, 'Old client');

  a.emit('add_item', { list_id, user_id: ann.user_id, name: 'Milk', description: '' });
  const { item, rev } = await b.next('item_added');
  await a.next('item_added');
  b.emit('update_item', {
    list_id, item_id: item.id, rev, name: 'Milk', description: '', status: 'completed', due_date: null, done: true, media_url: null,
  });
  const update = await a.next('item_updated');
  assert.deepEqual([update.item.done, update.item.status, update.item.due_date], [true, 'completed', null]);
  await b.next('item_updated');
  b.emit('update_item', {
    list_id, item_id: item.id, rev: update.rev, name: 'Milk, fresh', description: null, status: 'in_progress', due_date: '2031-05-01', done: false,
  });
  assert.deepEqual((({ name, due_date, done }) => ({ name, due_date, done }))((await a.next('item_updated')).item), { name: 'Milk, fresh', due_date: '2031-05-01', done: false });
  a.emit('delete_item', { list_id, item_id: item.id });
  assert.equal((await b.next('item_deleted')).item_id, item.id);

  for (const one of [a, b]) {
    await one.settle();
    assert.deepEqual(one.log.filter((entry) => /error/.test(entry.event)), []);
  }
  await add(b, list_id, {}, [a]);
});
