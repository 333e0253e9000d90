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
  'run-store': () => `/runs/${runId('store')}`,
  data: () => '/data',
  'data-collection': () => '/data?tab=sources',
  'data-labeling': () => '/data?tab=labeling',
  dataset: () => '/data/store-samples',
  models: () => '/models',
  deployments: () => '/models?tab=deployments',
  model: () => '/models/store-ctr',
  deployment: () => '/deployments/store',
  experiments: () => '/experiments',
  sweeps: () => '/experiments?tab=sweeps',
  experiment: () => '/experiments/learning-rates',
  pools: () => '/resources',
  quotas: () => '/resources?tab=quotas',
  expansions: () => '/resources?tab=expansions',
  waiting: () => '/resources?tab=waiting',
  alarms: () => '/alarms',
  silences: () => '/alarms?tab=silences',
  deliveries: () => '/alarms?tab=deliveries',
  budgets: () => '/resources?tab=budgets',
  usage: () => '/resources?tab=usage',
  scores: () => '/resources?tab=scores',
  scripts: () => '/experiments?tab=scripts',
  workspaces: () => '/workspaces',
  settings: () => '/settings',
  tokens: () => '/settings?tab=tokens',
  audit: () => '/settings?tab=audit',
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

test('what is typed right after the palette was called is in it', async ({ page }) => {
  await open(page, '/runs')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('chain')
  await expect(page.getByRole('combobox', { name: 'Find or do' })).toHaveValue('chain')
  await expect(page).toHaveURL(/\/runs$/)
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

test('every page of the navigation is there', async ({ page }) => {
  await open(page, '/runs')
  for (const link of await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').filter({ hasText: /[a-z]/, hasNotText: 'MLPlatform' }).all()) {
    const name = (await link.innerText()).trim()
    await link.click()
    await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible()
  }
})

test('a group that uses more than its own is seen to borrow, and who waits is told why', async ({ page }) => {
  await open(page, '/resources?tab=quotas')
  await expect(page.getByRole('row', { name: /ads/ }).getByText('0.25 cores').last()).toBeVisible()
  await page.getByText('Who waits', { exact: true }).click()
  await expect(page.getByRole('row', { name: /behind/ }).getByRole('link', { name: 'behind' })).toBeVisible()
})

test('an alarm is taken and resolved', async ({ page }) => {
  await open(page, '/alarms')
  await page.getByRole('button', { name: 'Take it' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take it' }).click()
  await expect(page.getByText('Nothing is wrong')).toBeVisible()
  await page.getByText('Taken', { exact: true }).click()
  await page.getByRole('button', { name: 'Resolve' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click()
  await expect(page.getByText('No alarm', { exact: true })).toBeVisible()
})

test('runs of an experiment are filtered, sorted and chosen', async ({ page }) => {
  await open(page, '/experiments/learning-rates')
  await expect(page.getByRole('img', { name: 'Curves: loss' })).toBeVisible()
  await page.getByRole('textbox', { name: 'Filter' }).fill('metrics.auc > 0.7')
  await page.keyboard.press('Enter')
  await expect(page.getByText('4 rows')).toBeVisible()
  await page.getByRole('columnheader', { name: 'auc' }).getByRole('button').click()
  await expect(page.getByRole('row').nth(1)).toContainText('rate 0.60')
  await page.getByRole('checkbox', { name: 'Choose rate 0.60' }).check()
  await expect(page.getByText('1 run chosen')).toBeVisible()
})
