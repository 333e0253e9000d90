import { expect, inspect, open, runId, test } from './visit'

const pages: Readonly<Record<string, () => string>> = {
  runs: () => '/runs',
  'run-succeeded': () => `/runs/${runId('chain')}`,
  'run-timeline': () => `/runs/${runId('script')}?view=gantt&activity=talk&tab=log`,
  'run-table': () => `/runs/${runId('chain')}?view=table&activity=each`,
  compare: () => `/runs/compare?a=${runId('chain')}&b=${runId('failing')}`,
  'run-failed': () => `/runs/${runId('failing')}`,
  'run-running': () => `/runs/${runId('long')}`,
  pipelines: () => '/pipelines',
  pipeline: () => '/pipelines/chain',
}

for (const [name, path] of Object.entries(pages)) {
  test(`${name} reads well in both themes and at both widths`, async ({ page }) => {
    await open(page, path())
    await inspect(page, name)
  })
}

test('/ leads to the runs', async ({ page }) => {
  await open(page, '/')
  await expect(page).toHaveURL(/\/runs$/)
})

test('the filters of the runs live in the address', async ({ page }) => {
  await open(page, '/runs?state=failed')
  await expect(page.getByRole('link', { name: 'failing' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'chain' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await expect(page.getByRole('link', { name: 'chain' })).toBeVisible()
  await expect(page).toHaveURL(/\/runs$/)
})

test('the palette finds a pipeline from the keyboard alone', async ({ page }) => {
  await open(page, '/runs')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find or do' }).fill('chain')
  await expect(page.getByRole('option', { name: /chain/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'chain' })).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('g')
  await page.keyboard.press('r')
  await expect(page.getByRole('heading', { level: 1, name: 'Runs' })).toBeVisible()
})

test('it speaks Chinese', async ({ page }) => {
  await open(page, '/runs')
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitem', { name: '简体中文' }).click()
  await expect(page.getByRole('heading', { level: 1, name: '运行' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: '运行' })).toBeVisible()
})
