import { spawnSync } from 'node:child_process'
import { instead, type Server } from './server'
import { expect, inspect, open, settled, test } from './visit'

const hasJupyter = spawnSync('/usr/bin/python3', ['-c', 'import notebook, ipykernel; assert notebook.version_info[0] == 6']).status === 0

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
