import { expect, test } from 'vitest';
import { Backoff } from './backoff.js';
import { claimsOf, renewalDelay } from './token.js';

const jwt = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;

test('claimsOf reads what a token says of itself, and nothing from what is none', () => {
  expect(claimsOf(jwt({ sub: 'Jürgen 你好', exp: 1 }))).toEqual({ sub: 'Jürgen 你好', exp: 1 });
  expect([claimsOf(''), claimsOf('a.b.c'), claimsOf('nonsense')]).toEqual([null, null, null]);
});

test('renewalDelay is a minute before the end, or halfway to it, and never if there is no end', () => {
  const now = 1_000_000_000_000;
  const ending = (seconds: number) => renewalDelay(jwt({ exp: now / 1000 + seconds }), now);

  expect([ending(900), ending(60), ending(-5), ending(10 ** 9)]).toEqual([840_000, 30_000, 0, 2 ** 31 - 1]);
  expect(renewalDelay(jwt({}), now)).toBeNull();
});

test('Backoff doubles up to its bound, takes half to all of it, and begins anew after a success', () => {
  const waits = (random: number) => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => random });
    return [...Array(6)].map(() => backoff.next());
  };
  expect(waits(1)).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(waits(0)).toEqual([50, 100, 200, 400, 500, 500]);

  const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 1 });
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(100);
});
