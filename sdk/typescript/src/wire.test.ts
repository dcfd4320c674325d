import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('src/wire.ts is what scripts/generate_wire.js makes of docs/asyncapi.json (npm run generate)', async () => {
  const script = '../scripts/generate_wire.js';
  const { generated } = (await import(/* @vite-ignore */ script)) as { generated: () => string };

  expect(readFileSync(new URL('./wire.ts', import.meta.url), 'utf8')).toBe(generated());
});
