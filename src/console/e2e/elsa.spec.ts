import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { address, expect, test } from './visit'

// Elsa Studio's own components, unmodified, on this server: from an empty list to a run that is watched.
const shots = join(import.meta.dirname, '../.screenshots')

test.skip(!existsSync(join(import.meta.dirname, '../dist/elsa-studio/_framework')), 'Elsa Studio is not installed')
test.use({ viewport: { width: 1680, height: 950 } })

const picture = (page: Page, name: string) => page.screenshot({ path: join(shots, `elsa-${name}.png`) })
const activity = (page: Page, title: string): Locator => page.locator('.x6-node', { hasText: title })
// Its buttons have pictures and no names.
const tool = (page: Page, colour: string): Locator => page.locator(`button.mud-icon-button.mud-${colour}-text`).first()

async function saving<T>(page: Page, act: () => Promise<T>): Promise<void> {
  const saved = page.waitForResponse((answer) => answer.request().method() === 'POST' && new URL(answer.url()).pathname === '/elsa/api/workflow-definitions')
  await act()
  expect((await saved).status()).toBe(200)
}

async function centre(place: Locator): Promise<[number, number]> {
  const box = (await place.boundingBox())!
  return [box.x + box.width / 2, box.y + box.height / 2]
}

test('a workflow is drawn, published and run in Elsa Studio, and its run is watched', async ({ page, faults }) => {
  test.setTimeout(180_000)
  await page.goto(`${address()}/elsa/`)
  await page.getByRole('button', { name: 'Create workflow' }).click({ timeout: 60_000 })
  const dialog = page.getByRole('dialog')
  await dialog.locator('input').first().fill('Drawn by hand')
  await dialog.getByRole('button', { name: 'OK' }).click()
  await page.waitForURL('**/elsa/workflows/definitions/drawn-by-hand/edit')

  await page.getByText('Control', { exact: true }).first().click({ timeout: 60_000 })
  const canvas = page.locator('.x6-graph').first()
  await saving(page, () => page.getByText('Control: Wait', { exact: true }).first().dragTo(canvas, { targetPosition: { x: 150, y: 120 } }))
  await saving(page, () => page.getByText('Control: Noop', { exact: true }).first().dragTo(canvas, { targetPosition: { x: 520, y: 120 } }))
  await expect(page.locator('.x6-node')).toHaveCount(2)

  const from = await centre(activity(page, 'Control: Wait').locator('.x6-port-out circle').first())
  const to = await centre(activity(page, 'Control: Noop').locator('.x6-port-in circle').first())
  await saving(page, async () => {
    await page.mouse.move(...from)
    await page.mouse.down()
    await page.mouse.move(from[0] + 40, from[1] + 4, { steps: 5 })
    await page.mouse.move(...to, { steps: 15 })
    await page.mouse.up()
  })
  await expect(page.locator('.x6-edge')).toHaveCount(1)

  await activity(page, 'Control: Wait').click()
  const duration = page.locator('.mud-input-control', { hasText: 'Duration' }).locator('input').first()
  await saving(page, async () => {
    await duration.fill('PT12S')
    await duration.blur()
  })
  await picture(page, 'editor')

  await saving(page, () => tool(page, 'primary').click())
  await expect(page.getByText('Workflow published')).toBeVisible()
  await tool(page, 'success').click()
  await page.getByRole('link', { name: 'Follow it' }).click()
  await page.waitForURL('**/elsa/workflows/instances/*/view')

  // While the first activity waits the page is told what happens; nobody reloads it.
  await expect(page.getByText('wait1').first()).toBeVisible({ timeout: 60_000 })
  await picture(page, 'running')
  await expect(activity(page, 'Control: Noop').locator('.mud-badge', { hasText: '1' })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText('Completed').first()).toBeVisible()
  await picture(page, 'instance')

  // Its drawing library says so when it draws a straight line.
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes('Unable to execute manhattan algorithm')))
})

test('what cannot be published says why and the editor stays', async ({ page, faults }) => {
  test.setTimeout(120_000)
  const model = { definitionId: null, name: 'Not ready', root: { id: 'f', type: 'Elsa.Flowchart', version: 1, activities: [{ id: 'a', name: 'wait1', type: 'control.wait', version: 1, duration: { typeName: 'String', expression: { type: 'Literal', value: 'soon' } } }], connections: [] } }
  const made = await page.request.post(`${address()}/elsa/api/workflow-definitions`, { data: { model } })
  expect(made.ok()).toBe(true)
  await page.goto(`${address()}/elsa/workflows/definitions/not-ready/edit`)
  await expect(activity(page, 'Control: Wait')).toBeVisible({ timeout: 60_000 })
  await tool(page, 'primary').click()
  await expect(page.getByText('PIPE-009').first()).toBeVisible()
  await expect(activity(page, 'Control: Wait')).toBeVisible()
  await picture(page, 'refused')
  expect(faults.filter((fault) => !fault.includes('422'))).toEqual([])
  faults.length = 0
})
