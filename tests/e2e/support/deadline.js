// Waiting for what must come, and an error that says what did not.
import assert from 'node:assert/strict';

/** For what should take a moment; programs that check themselves take longer (./test --asan, --tsan). */
export const patience = 15_000 * Number(process.env.COLLAB_TEST_PATIENCE ?? 1);

/** `coming`, or after `limit` an error with what() in it. */
export function withDeadline(coming, what, limit = patience) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`nothing within ${limit} ms: ${what()}`)), limit)));
  return Promise.race([coming, late]).finally(() => clearTimeout(timer));
}

/** Asks again and again, for what the server tells nobody by itself. `what` is words, or makes them. */
export async function until(holds, what, limit = patience) {
  const deadline = Date.now() + limit;
  while (!(await holds())) {
    if (Date.now() > deadline) assert.fail(`not within ${limit} ms: ${typeof what === 'function' ? what() : what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
