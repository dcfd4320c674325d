// Access tokens: where they come from, and when the next one is needed.

/** Why a token is asked for: the one before was refused, or ends soon. Null: there is none yet, or it may still be good. */
export type TokenReason = 'refused' | 'ends_soon' | null;

/**
 * Gives a token (a JWT whose `sub` is the user). With a reason, it must be a new one. Null: nobody is signed in, do not try again. Reject
 * if it cannot be had now (no network): it is asked for again later.
 */
export type TokenSource = (reason: TokenReason) => string | null | Promise<string | null>;

/** The earliest renewal before a token ends, in milliseconds. */
const marginMs = 60_000;
/** Timers cannot be set for longer than 24.8 days. */
const longestMs = 2 ** 31 - 1;

/** What a token says of itself, unchecked; null if it is no JWT. The server alone decides what it is worth. */
export function claimsOf(token: string): { sub?: unknown; exp?: unknown } | null {
  try {
    const part = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' ? claims : null;
  } catch {
    return null;
  }
}

/** In how many milliseconds a token is to be renewed: a minute before its end, or halfway to it. Null if it has no end. `now` as Date.now(). */
export function renewalDelay(token: string, now: number): number | null {
  const exp = claimsOf(token)?.exp;
  if (typeof exp !== 'number') return null;
  const left = exp * 1000 - now;
  return Math.min(longestMs, Math.max(0, left > 2 * marginMs ? left - marginMs : left / 2));
}
