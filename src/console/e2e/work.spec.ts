import { spawnSync } from 'node:child_process'
import { instead, type Server } from './server'
import { address, expect, inspect, open, runId, settled, test } from './visit'

test('a candidate is promoted, and the change is rolled back', async ({ page }) => {
  // A second version, registered and deployed by a rerun; then the first one is tried again beside it.
  const post = async (path: string, data: object = {}) => {
    const answer = await page.request.post(address() + path, { data })
    expect(answer.ok(), await answer.text()).toBe(true)
    return (await answer.json()) as { readonly id: string }
  }
  const again = await post(`/api/v1/runs/${runId('store')}/rerun?from=register`)
  await expect.poll(async () => ((await (await page.request.get(`${address()}/api/v1/runs/${again.id}`)).json()) as { readonly state: string }).state, { timeout: 40_000 }).toBe('succeeded')
  await post('/api/v1/deployments/store/deploy', { version: 1, role: 'canary', percent: 10, reason: 'Was it better?' })

  await open(page, '/deployments/store')
  await expect(page.getByText('1 (canary, 10 %)')).toBeVisible()
  await page.getByRole('button', { name: 'Promote version 1' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('instead of version 2')
  await inspect(page, 'deployment-promote')
  await dialog.getByRole('button', { name: 'Promote version 1' }).click()
  await expect(dialog).toHaveCount(0)
  const champion = page.locator('dt', { hasText: 'Champion' }).locator('xpath=following-sibling::dd[1]')
  await expect(champion).toHaveText('1')
  await page.getByRole('button', { name: 'Roll back to version 2' }).click()
  await dialog.getByRole('button', { name: 'Roll back to version 2' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(champion).toHaveText('2')
  await expect(page.getByRole('row', { name: /rollback|rollBack|rolledBack/i }).first()).toBeVisible()
})

const hasJupyter = spawnSync('/usr/bin/python3', ['-c', 'import notebook, ipykernel; assert notebook.version_info[0] == 6']).status === 0

test.describe('workspaces', () => {
  test.skip(!hasJupyter, 'Jupyter is not installed')
  let server: Server
  test.beforeAll(async () => { server = await instead({ Workspaces__Pause: '00:00:00.200', Engine__Cpu: '16' }) })
  test.afterAll(() => server.stop())

  test('a workspace is made, opened, stopped and started again', async ({ page, faults }) => {
    test.setTimeout(180_000)
    await open(page, '/workspaces')
    await page.getByRole('button', { name: 'New workspace' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('notes')
    await dialog.getByLabel('Memory').fill('many')
    await dialog.getByRole('button', { name: 'New workspace' }).click()
    await expect(dialog.getByRole('alert')).toBeVisible() // what the server says of that
    expect(faults.splice(0).every((f) => f.includes('400') || f.includes('422'))).toBe(true)
    await dialog.getByLabel('Memory').fill('1Gi')
    await dialog.getByRole('button', { name: 'New workspace' }).click()
    await expect(dialog).toHaveCount(0)
    const row = page.getByRole('row', { name: /notes/ })
    await expect(row).toContainText('ready', { timeout: 60_000 })
    await inspect(page, 'workspace-ready')

    const opened = page.context().waitForEvent('page')
    await row.getByRole('button', { name: 'Open' }).click()
    const notebook = await opened
    await expect(notebook).toHaveURL(/\/workspaces\/[0-9a-f-]+\/tree/)
    await expect(notebook.getByText('The notebook list is empty.')).toBeVisible({ timeout: 30_000 })
    await notebook.close()

    await row.getByRole('button', { name: 'Stop' }).click()
    await dialog.getByRole('button', { name: 'Stop' }).click()
    await expect(row).toContainText('stopped', { timeout: 60_000 })
    await row.getByRole('button', { name: 'Start again' }).click()
    await dialog.getByRole('button', { name: 'Start again' }).click()
    await expect(row).toContainText('ready', { timeout: 60_000 })
    await row.getByRole('button', { name: 'Stop' }).click()
    await dialog.getByRole('button', { name: 'Stop' }).click()
    await expect(row).toContainText('stopped', { timeout: 60_000 })
    await settled(page)
  })
})
