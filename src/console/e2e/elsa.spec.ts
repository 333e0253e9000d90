import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { address, expect, faultsBeside, test } from './visit'

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

// Its components and what they lay over the page: dialogs, menus, notices.
const foreign = 'elsa-workflow-definition-editor, elsa-workflow-definition-list, elsa-workflow-instance-viewer, elsa-workflow-instance-list, .mud-popover-provider, .mud-overlay, .mud-dialog-container, #mud-snackbar-container, .rz-dialog-wrapper'

// What Elsa Studio's own components break. They come as they are (ADR 0057): these two rules are theirs, and anything else is a failure.
const known: readonly string[] = [
  'aria-progressbar-name', // the bar that it shows while it loads has no name
  'button-name', // buttons of its toolbar have pictures and no names
]

async function inspectFrame(page: Page, more: readonly string[] = []): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    const found = await faultsBeside(page, foreign)
    expect(found.ours, colorScheme).toEqual([])
    expect(found.theirs.filter((rule) => !known.includes(rule) && !more.includes(rule)), colorScheme).toEqual([])
  }
}

const register = async (page: Page, pipeline: object) => {
  const made = await page.request.post(`${address()}/api/v1/pipelines`, { data: { pipeline } })
  expect(made.ok(), await made.text()).toBe(true)
}

// Its drawing library says so when it draws a straight line.
const straight = (faults: string[]) => void faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes('Unable to execute manhattan algorithm')))

/** Draws the empty ground of the canvas until an activity stands in its middle half. */
async function drawIn(page: Page, wanted: Locator): Promise<void> {
  const canvas = (await page.locator('.x6-graph').first().boundingBox())!
  const middle = canvas.x + canvas.width / 2
  for (let tries = 0; tries < 5; tries++) {
    const over = (await centre(wanted))[0] - middle
    if (Math.abs(over) < canvas.width / 4) return
    const by = Math.max(-canvas.width + 80, Math.min(canvas.width - 80, over))
    const [from, y] = [middle + by / 2, canvas.y + 60]
    await page.mouse.move(from, y)
    await page.mouse.down()
    await page.mouse.move(from - by / 2, y, { steps: 5 })
    await page.mouse.move(from - by, y, { steps: 5 })
    await page.mouse.up()
  }
  throw new Error('the canvas does not follow the mouse')
}

test('on a workflow wider than the canvas what is out of sight is reached, edited and saved, at both widths', async ({ page, faults }) => {
  test.setTimeout(180_000)
  const steps = Array.from({ length: 14 }, (_, i) => [`step${i}`, { type: 'control.wait', inputs: { duration: 'PT1S' }, ...(i === 0 ? {} : { dependsOn: [`step${i - 1}`] }) }] as const)
  await register(page, { id: 'wide', activities: Object.fromEntries(steps) })
  for (const width of [1280, 1920]) {
    await page.setViewportSize({ width, height: width === 1280 ? 800 : 1080 })
    await page.goto(`${address()}/elsa/workflows/definitions/wide/edit`)
    await expect(page.locator('.x6-node')).toHaveCount(steps.length, { timeout: 60_000 })
    for (const colour of ['primary', 'success']) await expect(tool(page, colour)).toBeInViewport({ ratio: 1 })
    await expect(page.getByRole('link', { name: 'MLPlatform' })).toBeInViewport({ ratio: 1 })

    await inspectFrame(page)

    // Zoomed to fit, it makes nothing smaller than half: what still lies beyond is drawn in with the mouse.
    const last = activity(page, 'step13')
    const fit = page.locator('.mud-toolbar button.mud-icon-button').first()
    await expect(fit).toBeInViewport({ ratio: 1 })
    const before = (await last.boundingBox())!.width
    await fit.click()
    await expect.poll(async () => (await last.boundingBox())!.width).toBeLessThan(before * 0.75)
    await drawIn(page, last)
    await last.click()
    const duration = page.locator('.mud-input-control', { hasText: 'Duration' }).locator('input').first()
    await expect(duration).toHaveValue(width === 1280 ? 'PT1S' : 'PT1280S')
    await saving(page, async () => {
      await duration.fill(`PT${width}S`)
      await duration.blur()
    })
    await picture(page, `wide-${width}`)
    await inspectFrame(page, ['label']) // fields of its form have a legend and no label
  }
  const kept = (await (await page.request.get(`${address()}/elsa/api/workflow-definitions/by-definition-id/wide?versionOptions=Latest`)).json()) as { readonly root: { readonly activities: readonly { readonly id: string; readonly duration: { readonly expression: { readonly value: string } } }[] } }
  expect(kept.root.activities.map((a) => a.duration.expression.value)).toEqual([...steps.slice(1).map(() => 'PT1S'), 'PT1920S'])
  straight(faults)
})

test('an object among the inputs is shown as JSON, edited, and published as the object that it is', async ({ page, faults }) => {
  test.setTimeout(120_000)
  const table = '${{ activities.data.outputs.table }}'
  await register(page, { id: 'learns', activities: {
    data: { type: 'data.import', inputs: { from: { file: 'clicks.csv' } } },
    learn: { type: 'train.vlps', inputs: { samples: table, label: 'clicked', from: "${{ models['ctr'].champion }}", validation: table, calibrate: 'isotonic', evict: { afterTrainings: 30 } } },
  } })
  await page.goto(`${address()}/elsa/workflows/definitions/learns/edit`)
  await activity(page, 'learn').click({ timeout: 60_000 })
  const field = (title: RegExp) => page.locator('.mud-input-control', { has: page.locator('label', { hasText: title }) }).first()
  await expect(field(/^Calibrate$/).locator('input').first()).toHaveValue('isotonic')
  // Nobody gave it, and it runs with it.
  await expect(page.getByRole('checkbox', { name: 'State' })).toBeChecked()
  const evict = field(/^Evict$/).locator('.monaco-editor').first()
  await expect(evict.locator('.view-lines')).toHaveText('{"afterTrainings":30}')
  await evict.click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText('{"afterTrainings":7}')
  await page.keyboard.press('Control+Shift+End') // brackets and quotes that it put behind by itself
  await page.keyboard.press('Delete')
  const kept = async () => ((await (await page.request.get(`${address()}/elsa/api/workflow-definitions/by-definition-id/learns?versionOptions=Latest`)).json()) as { readonly root: { readonly activities: readonly { readonly evict?: { readonly expression: { readonly value: string } } }[] } }).root.activities[1]!.evict?.expression.value
  await expect.poll(kept).toBe('{"afterTrainings":7}')
  await picture(page, 'object')
  await saving(page, () => tool(page, 'primary').click())
  await expect(page.getByText('Workflow published')).toBeVisible()
  const { text } = (await (await page.request.get(`${address()}/api/v1/pipelines/learns/document`)).json()) as { readonly text: string }
  expect(JSON.parse(text)).toMatchObject({ activities: { data: { inputs: { from: { file: 'clicks.csv' } } }, learn: { inputs: { calibrate: 'isotonic', evict: { afterTrainings: 7 } } } } })
  straight(faults)
})

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

  straight(faults)
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
