import { defineConfig } from 'vitest/config';

// Unit tests stand beside the code; tests/ has those that start the server, one after the other: they share two cores with it.
export default defineConfig({
  test: { include: ['src/**/*.test.ts', 'tests/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000, fileParallelism: false },
});
