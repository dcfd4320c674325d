// The rules of axe-core on a page as it is; the page's policy stays on, as the evaluation comes from the browser's own tools.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails with what is wrong where, in words. */
export async function assertAccessible(page, where) {
  // What fades in has no contrast yet.
  await page.evaluate(() => Promise.all(document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
    .map(({ finished }) => finished.catch(() => undefined))));
  await page.evaluate(source);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  assert.ok(passes.length > 10, `${where}: axe looked at nothing`);
  assert.deepEqual(violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join('\n')}`), [], where);
}
