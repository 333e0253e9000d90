import type { Page } from '@playwright/test'
import { address, expect, inspect, open, settled, test } from './visit'

interface Batch { readonly id: string; readonly activity: string; readonly status: string; readonly done: number }
interface Answer { readonly item: number; readonly annotator: string; readonly revision: number; readonly action: string; readonly value: unknown }

const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${address()}/api/v1/labels/batches${path}`)).json()) as T

async function batchOf(activity: string): Promise<Batch> {
  const found = (await ask<readonly Batch[]>('')).find((b) => b.activity === activity)
  if (!found) throw new Error(`there is no batch of ${activity}`)
  return found
}

const answers = (batch: Batch) => ask<readonly Answer[]>(`/${batch.id}/annotations`)

/** Opens the desk of a batch as one of the people at it. */
async function sit(page: Page, activity: string, as: string): Promise<Batch> {
  await expect.poll(async () => (await ask<readonly Batch[]>('')).some((b) => b.activity === activity), { timeout: 30_000 }).toBe(true)
  const batch = await batchOf(activity)
  const lent: string[] = []
  page.on('request', (r) => { if (r.url().endsWith('/next')) lent.push(r.url()) })
  await open(page, `/data/labeling/${batch.id}?as=${as}`)
  if (batch.status === 'open') {
    // Who only looks takes no item from others.
    const begin = page.getByRole('button', { name: 'Begin' })
    await expect(begin).toBeFocused()
    expect(lent).toEqual([])
    if (as === 'ann' && activity === 'choose') await inspect(page, 'labeling-begin')
    await begin.focus()
    await page.keyboard.press('Enter')
    await expect(begin).toHaveCount(0)
    await settled(page)
  }
  return batch
}

const status = (page: Page) => page.getByRole('status').first()

test('a person labels with one key for each answer, and takes the last one back', async ({ page }) => {
  await open(page, '/data?tab=labeling')
  await expect(page.getByRole('link', { name: 'labels · choose' })).toBeVisible()
  await page.getByRole('link', { name: 'labels · weigh' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'labels · weigh' })).toBeVisible()
  const batch = await sit(page, 'choose', 'ann')
  await expect(page.getByText('Win a free prize now')).toBeVisible()
  await page.keyboard.press('1')
  await expect(status(page)).toHaveText('Kept: item 0 is spam.')
  // What is told as kept is kept.
  expect((await answers(batch)).map((a) => [a.item, a.annotator, a.value])).toEqual([[0, 'ann', { choice: 'spam' }]])
  await expect(page.getByText('See you at lunch')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Take back the last' })).toBeVisible()
  await page.keyboard.press('z')
  await expect(status(page)).toHaveText('Taken back: item 0.')
  await expect(page.getByText('Win a free prize now')).toBeVisible()
  await expect(page.getByRole('button', { name: 'spam' })).toHaveAttribute('aria-pressed', 'true')
  for (const key of ['1', '2', '1', '2']) {
    await expect(page.getByRole('region', { name: /^Item / })).not.toHaveAttribute('data-busy')
    const before = await page.getByRole('region', { name: /^Item / }).innerText()
    await page.keyboard.press(key)
    await expect(page.getByText(before.split('\n').at(-1)!, { exact: true })).toHaveCount(0)
  }
  await expect(page.getByText('Nothing is left for you')).toBeVisible()
  expect((await answers(batch)).filter((a) => a.item === 0).map((a) => a.action)).toEqual(['save', 'withdraw', 'save'])
  await expect(page.getByRole('button', { name: 'Take back the last' })).toBeVisible()
  await page.keyboard.press('z')
  await expect(page.getByText('Is the meeting at ten?')).toBeVisible()
  await page.keyboard.press('2')
  await expect(page.getByText('Nothing is left for you')).toBeVisible()
})

test('a second person disagrees: how far they agree is told, and the dispute is decided', async ({ page }) => {
  const batch = await sit(page, 'choose', 'bob')
  await expect(page.getByText('Win a free prize now')).toBeVisible()
  await inspect(page, 'labeling')
  for (const [key, item] of [['1', 0], ['2', 1], ['2', 2], ['2', 3]] as const) {
    await expect(page.getByRole('region', { name: `Item ${item} ` })).not.toHaveAttribute('data-busy')
    await page.keyboard.press(key)
    await expect(status(page)).toContainText(`item ${item} `)
  }
  await expect(page.getByText('3 of 4 done')).toBeVisible()
  await page.getByText('Agreement', { exact: true }).click()
  await expect(page.getByRole('row', { name: /ann bob 4/ })).toContainText('75 %')
  await inspect(page, 'labeling-agreement')
  await page.getByText('Disputes', { exact: true }).click()
  await settled(page)
  await expect(page.getByText('Last chance: call today')).toBeVisible()
  await inspect(page, 'labeling-disputes')
  await page.getByRole('button', { name: 'spam — ann' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'spam — ann' }).click()
  await expect(page.getByText('Nobody disagrees')).toBeVisible()
  await expect.poll(async () => (await ask<Batch>(`/${batch.id}`)).status).toBe('closed')
  await page.getByText('Label', { exact: true }).click()
  await expect(page.getByText('The batch is closed')).toBeVisible()
})

test('an answer that is refused stays on the page with what to do', async ({ page, faults }) => {
  const batch = await sit(page, 'weigh', 'local')
  await expect(page.getByText('How long to boil an egg?')).toBeVisible()
  await inspect(page, 'labeling-pairs')
  // The same person answers in another window.
  await fetch(`${address()}/api/v1/labels/batches/${batch.id}/items/0/annotation`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ revision: 0, annotator: 'local', value: { prefer: 'b' } }) })
  await page.keyboard.press('a')
  await expect(page.getByRole('alert')).toContainText('LABEL-011')
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('What is 17 times 3?')).toBeVisible()
  await page.keyboard.press('d')
  await expect(page.getByText('The batch is closed')).toBeVisible()
  expect((await answers(batch)).map((a) => a.value)).toEqual([{ prefer: 'b' }, { prefer: 'b' }])
  expect(faults.splice(0).filter((f) => !f.includes('409'))).toEqual([])
})

test('parts of a text are marked by words, from the keyboard and with the mouse', async ({ page }) => {
  const batch = await sit(page, 'mark', 'ann')
  await expect(page.getByText('Ada Lovelace', { exact: false })).toBeVisible()
  for (const key of ['d', 'Shift+D', '1']) await page.keyboard.press(key)
  await expect(page.getByRole('region', { name: /^Item 0/ }).getByText('person', { exact: true })).toBeVisible()
  // A double click takes a word, as everywhere.
  const box = await page.evaluate(() => {
    const range = document.createRange()
    const piece = [...document.querySelectorAll('[data-start]')].at(-1)!.firstChild!
    const at = piece.textContent!.indexOf('London')
    range.setStart(piece, at)
    range.setEnd(piece, at + 6)
    const { x, y, width, height } = range.getBoundingClientRect()
    return { x: x + width / 2, y: y + height / 2 }
  })
  await page.mouse.dblclick(box.x, box.y)
  await page.keyboard.press('2')
  await expect(page.getByRole('region', { name: /^Item 0/ }).getByText('place', { exact: true })).toBeVisible()
  await inspect(page, 'labeling-spans')
  await page.keyboard.press('Space')
  await expect(status(page)).toHaveText('Kept: item 0 is person ×1, place ×1.')
  expect((await answers(batch))[0]!.value).toEqual({ spans: [{ start: 0, end: 12, label: 'person' }, { start: 40, end: 46, label: 'place' }] })
})

test('boxes are drawn with the mouse, or made and moved by keys', async ({ page }) => {
  const batch = await sit(page, 'draw', 'ann')
  await expect(page.getByRole('img', { name: 'picture' }).first()).toHaveJSProperty('naturalWidth', 640)
  const picture = page.getByRole('region', { name: /^Item 0/ }).locator('svg').first()
  await expect(picture).toBeVisible()
  await page.setViewportSize({ width: 1920, height: 1080 })
  const { x, y, width, height } = (await picture.boundingBox())!
  expect([width, height], 'boxes lie over the picture alone').toEqual([640, 400])
  await page.mouse.move(x + width * 0.25, y + height * 0.5)
  await page.mouse.down()
  await page.mouse.move(x + width * 0.5, y + height * 0.7)
  await page.mouse.move(x + width * 0.75, y + height * 0.8)
  await page.mouse.up()
  await page.keyboard.press('`')
  for (const key of ['2', 'd', 'd', 'w', 'Shift+S']) await page.keyboard.press(key)
  await inspect(page, 'labeling-boxes')
  await page.keyboard.press('Space')
  await expect(status(page)).toHaveText('Kept: item 0 is cat ×1, dog ×1.')
  const { boxes } = (await answers(batch))[0]!.value as { readonly boxes: readonly { readonly label: string; readonly x: number; readonly y: number; readonly width: number; readonly height: number }[] }
  expect(boxes[0]!.label).toBe('cat')
  expect(boxes[0]!.x).toBeCloseTo(25, 0)
  expect(boxes[0]!.width).toBeCloseTo(50, 0)
  expect(boxes[1]).toEqual({ x: 37, y: 34, width: 30, height: 31, label: 'dog' })
})
