import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: here('../src/matinee/web'),
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    // Nothing is inlined: the server sends `script-src 'self'`, and a hashed file is cached for good.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Shaka is one 490 kB file by nature; it is loaded when someone is about to press play.
    chunkSizeWarningLimit: 800,
    rollupOptions: { input: { index: here('index.html'), console: here('console.html') } },
  },
  test: { include: ['**/*.test.ts'], environment: 'node' },
})
