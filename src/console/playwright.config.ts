import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/platform.ts',
  outputDir: '.screenshots/failures',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 1, // One server, one story: the tests share its runs.
  reporter: [['list'], ['json', { outputFile: '.screenshots/e2e.json' }]],
  use: {
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath: process.env.MLP_CHROMIUM ?? '/usr/bin/chromium', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] },
    screenshot: 'only-on-failure',
  },
})
