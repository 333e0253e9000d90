import { address, expect, inspect, open, runId, test } from './visit'

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
