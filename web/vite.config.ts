import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
// Where `npm run dev` and `vite preview` find a server.
const server = process.env['COLLAB_URL'] ?? 'http://localhost:7788';
// With the host that the browser knows: cookies count for its pages only.
const proxy = { '/auth': { target: server }, '/health': { target: server }, '/socket.io': { target: server, ws: true } };

export default defineConfig({
  plugins: [
    react(),
    tailwindcss(),
    VitePWA({
      // The page registers it: the policy of the server allows no inline script.
      injectRegister: false,
      registerType: 'prompt',
      manifest: {
        name: 'collab-todo',
        short_name: 'collab-todo',
        description: 'Shared todo lists, live and offline',
        start_url: '/',
        display: 'standalone',
        background_color: '#f8fafc',
        theme_color: '#f8fafc',
        icons: [
          { src: '/icons/icon.svg', sizes: 'any', type: 'image/svg+xml' },
          { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any maskable' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}'],
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/^\/(auth|docs|health|livez|metrics|readyz|socket\.io)\b/],
      },
    }),
  ],
  resolve: {
    // The client library as it stands in this repository, with the packages of this folder.
    alias: {
      '@collab-todo/client': here('../sdk/typescript/src/index.ts'),
      '@collab-todo/react': here('../sdk/react/src/index.ts'),
    },
    dedupe: ['fractional-indexing', 'idb', 'react', 'socket.io-client'],
  },
  server: { proxy },
  // What is built, under the policy that the server gives it: the service worker and the policy can be tried out with it.
  preview: { proxy, headers: { 'content-security-policy': "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:" } },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'], testTimeout: 20_000 },
});
