import { defineConfig } from '@playwright/test'

// These start servers of their own and read nothing of the others' story.
const ownServers = ['access', 'git', 'published', 'workspaces'].map((name) => `**/${name}.spec.ts`)

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/platform.ts',
  outputDir: '.screenshots/failures',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 2,
  projects: [
    { name: 'one server', testIgnore: ownServers, workers: 1 }, // One server, one story: the tests share its runs.
    { name: 'own servers', testMatch: ownServers, workers: 1 },
  ],
  reporter: [['list'], ['json', { outputFile: '.screenshots/e2e.json' }]],
  use: {
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath: process.env.MLP_CHROMIUM ?? '/usr/bin/chromium', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] },
    screenshot: 'only-on-failure',
  },
})
