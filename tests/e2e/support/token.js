// JWTs as an issuer would make them, good and bad.
import { createHmac } from 'node:crypto';
import { secret } from './server.js';

export const now = () => Math.floor(Date.now() / 1000);

/** `claims` over the usual ones; a claim that is undefined is left out. */
export function token(user, claims = {}, { key = secret, alg = 'HS256' } = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = { sub: user, type: 'access', iat: now() - 10, nbf: now() - 10, exp: now() + 3600, ...claims };
  const signed = `${part({ alg, typ: 'JWT' })}.${part(body)}`;
  const signature = alg === 'none' ? '' : createHmac(alg === 'HS512' ? 'sha512' : 'sha256', key).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}
