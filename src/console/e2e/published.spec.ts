import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { instead, type Server } from './server'
import { address, expect, inspect, open, settled, test } from './visit'

// What `dotnet publish` leaves, as the server's image has it, started far from the repository: the console and Elsa Studio are in it.
const root = resolve(import.meta.dirname, '../../..')
let folder: string // made only where the tests run: the runner reads this file in more processes than one
let server: Server | undefined

test.beforeAll(async () => {
  test.setTimeout(180_000)
  folder = mkdtempSync(join(tmpdir(), 'mlp-published-'))
  const publish = (project: string, to: string) =>
    execFileSync('dotnet', ['publish', join(root, 'src', project), '--no-build', '-c', 'Debug', '-o', join(folder, to), '-v', 'quiet', '-nologo'], { encoding: 'utf8', stdio: 'pipe' })
  publish('MLPlatform.Cli', 'app')
  publish('MLPlatform.Worker', 'app/worker')
  server = await instead({}, join(folder, 'app/mlp.dll'))
})

test.afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('the published server shows the console, designs, and runs a pipeline', async ({ page }) => {
  expect(readdirSync(join(folder, 'app/console'))).toEqual(expect.arrayContaining(['index.html', 'assets']))
  await open(page, '/')
  await expect(page.getByText('The web console was not built')).toHaveCount(0)
  const pipeline = { id: 'published', activities: { first: { type: 'train.script', inputs: { command: ['sh', '-c', 'echo from a published server'] } } } }
  const started = await fetch(`${address()}/api/v1/runs`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ file: { pipeline } }) })
  expect(started.ok, await started.clone().text()).toBe(true)
  const { id } = (await started.json()) as { readonly id: string }
  await open(page, `/runs/${id}`)
  await expect(page.getByRole('heading', { level: 1 }).locator('..').getByText('succeeded')).toBeVisible({ timeout: 60_000 })
  await inspect(page, 'published')

  await open(page, '/designer')
  await settled(page)
  await page.getByLabel('Search activities').fill('train.vlps')
  await expect(page.getByRole('complementary', { name: 'Activities' }).getByRole('button', { name: /^vlps/ })).toBeVisible()
  const ask = async (path: string): Promise<unknown> => (await fetch(`${address()}/api/v1/${path}`)).json()
  expect(JSON.stringify(await ask('frameworks')), 'the frameworks that ship').toContain('torch-1.13')
  expect(JSON.stringify(await ask('catalog')), 'the catalogue of activities').toContain('"train.vlps"')
})

test('the published server has Elsa Studio', async ({ page }) => {
  test.skip(!existsSync(join(import.meta.dirname, '../dist/elsa-studio/_framework')), 'Elsa Studio is not installed')
  await page.goto(`${address()}/elsa/`)
  await expect(page.getByRole('button', { name: 'Create workflow' })).toBeVisible({ timeout: 60_000 })
})
