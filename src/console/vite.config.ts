import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env.MLP_SERVER ?? 'http://127.0.0.1:5080'

// What belongs to the server; all else is a page of the console.
const served = ['/api', '/elsa', '/openapi', '/docs', '/healthz', '/readyz', '/v2']

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2023',
    // Everything is a file: the Content-Security-Policy names no data: for scripts, styles and fonts.
    assetsInlineLimit: 0,
    manifest: true,
    chunkSizeWarningLimit: 4096,
  },
  worker: { format: 'es' },
  server: { proxy: Object.fromEntries(served.map((path) => [path, { target: server, changeOrigin: true, headers: { origin: server } }])) },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true,
  },
})
