import { fileURLToPath } from 'node:url';

/** @type {import('next').NextConfig} */
export default {
  // The packages stand beside this folder as long as they come from this repository; not needed with those of npm.
  turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) },
};
