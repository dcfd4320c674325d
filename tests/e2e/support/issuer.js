// An issuer of RS256 and ES256 tokens, as Supabase Auth and others are: it signs, and publishes its keys as a file or over HTTP.
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { now } from './token.js';

const kinds = { RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }] };

/** A new key pair with an id. */
export function makeKey(alg, kid) {
  return { alg, kid, ...generateKeyPairSync(...kinds[alg]) };
}

/** The JSON Web Key Set of these keys. */
export function keySet(...keys) {
  return JSON.stringify({ keys: keys.map(({ alg, kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg, kid })) });
}

/** A token of `user`; `claims` over the usual ones. */
export function issue({ alg, kid, privateKey }, user, claims = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg, typ: 'JWT', kid })}.${part({ sub: user, iat: now() - 10, exp: now() + 3600, ...claims })}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** Serves `keys` at `url` and counts who asks; `keys` may be changed, and null answers 503. */
export class KeyServer {
  asked = 0;

  static async start(keys) {
    const server = Object.assign(new KeyServer(), { keys });
    server.http = createServer((request, response) => {
      ++server.asked;
      response.writeHead(server.keys ? 200 : 503, { 'content-type': 'application/json' }).end(server.keys);
    });
    await new Promise((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    server.url = `http://127.0.0.1:${server.http.address().port}/.well-known/jwks.json`;
    return server;
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}
