import { defineConfig } from '@playwright/test'
import tests from './playwright.config'

// Measurements in a real browser against a real server: they tell times and assert none.
const { globalSetup: _, reporter: __, projects: ___, ...rest } = tests

export default defineConfig({ ...rest, workers: 1, testDir: 'bench', testMatch: '*.bench.ts', outputDir: '.screenshots/bench', reporter: 'list', timeout: 300_000 })
