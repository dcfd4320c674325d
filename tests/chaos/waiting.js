// Waiting for what happens elsewhere, with an end.
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again and again; whether it came to be so within `limit` ms. */
export async function within(limit, holds, interval = 50) {
  const deadline = Date.now() + limit;
  for (;;) {
    if (await Promise.resolve().then(holds).catch(() => false)) return true;
    if (Date.now() > deadline) return false;
    await pause(interval);
  }
}

/** `coming`, or undefined after `limit` ms. */
export async function atMost(limit, coming) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, limit)));
  return Promise.race([coming, late]).finally(() => clearTimeout(timer));
}
