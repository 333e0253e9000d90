import { writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { serve, type Server } from '../e2e/server'
import { largePipeline } from './large'

// From the press on a card of a pipeline of 301 activities until that card and its form are painted.
const repeats = 5
const out = join(import.meta.dirname, '../../../docs/benchmarks/console-selection.json')

let server: Server
test.beforeAll(async () => { server = await serve() })
test.afterAll(() => server.stop())

/** Starts a clock at the next press; the clock stops after the frame in which the card is selected and the form names it. */
const watch = (page: Page, name: string) => page.evaluate((wanted) => {
  const told = window as unknown as { measured?: Promise<number> }
  told.measured = new Promise((resume) => {
    addEventListener('pointerdown', () => {
      const begun = performance.now()
      const isThere = () => document.querySelector<HTMLInputElement>('aside[aria-label="Properties"] header input')?.value === wanted
        && document.querySelector(`.react-flow__node[data-id="${wanted}"] [data-selected]`) !== null
      const look = () => {
        if (!isThere()) return
        watcher.disconnect()
        // A message that is sent in a frame is read after it was painted.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => resume(performance.now() - begun)
          port2.postMessage(null)
        })
      }
      const watcher = new MutationObserver(look)
      watcher.observe(document.body, { subtree: true, childList: true, attributes: true })
      look()
    }, { once: true, capture: true })
  })
}, name)

async function select(page: Page, name: string): Promise<number> {
  const card = (await page.locator(`.react-flow__node[data-id="${name}"]`).boundingBox())!
  await watch(page, name)
  await page.mouse.move(card.x + card.width / 2, card.y + 14)
  await page.mouse.down()
  await page.mouse.up()
  return page.evaluate(() => (window as unknown as { measured: Promise<number> }).measured)
}

const at = (sorted: readonly number[], part: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]! * 10) / 10

test('a card is selected in a pipeline of 301 activities', async ({ page }) => {
  const loadBefore = loadavg()[0]!
  const pipeline = largePipeline()
  const saved = await page.request.post(`${server.address}/api/v1/pipelines/save`, { data: { text: JSON.stringify(pipeline, null, 2) } })
  expect(saved.ok(), await saved.text()).toBe(true)
  await page.setViewportSize({ width: 1920, height: 1080 })
  await page.goto(`${server.address}/designer/large`)
  await expect(page.locator('.react-flow__node').first()).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
  await page.getByRole('button', { name: 'Fit' }).or(page.getByLabel('Show all')).first().click()

  // Cards that can be pressed where they stand, as many of each type.
  const shown = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.react-flow__node')].flatMap((node) => {
    const box = node.getBoundingClientRect()
    return document.elementFromPoint(box.x + box.width / 2, box.y + 14)?.closest('.react-flow__node') === node ? [node.dataset.id!] : []
  }))
  const types = [...new Set(shown.map((n) => pipeline.activities[n]!.type))].filter((t) => t !== 'data.import')
  const times = new Map<string, number[]>(types.map((t) => [t, []]))
  for (let round = 0; round < repeats * 3; round++) {
    for (const type of types) {
      const all = shown.filter((n) => pipeline.activities[n]!.type === type)
      const took = await select(page, all[(round * 7) % all.length]!)
      if (round > 0) times.get(type)!.push(took) // the first of each reads what it needs
    }
  }
  const figures = Object.fromEntries([...times].map(([type, list]) => {
    const sorted = list.toSorted((a, b) => a - b)
    return [type, { times: sorted.length, medianMs: at(sorted, 0.5), p95Ms: at(sorted, 0.95), worstMs: at(sorted, 1) }]
  }))
  const figure = { activities: Object.keys(pipeline.activities).length, shown: shown.length, width: 1920, height: 1080, select: figures, loadBefore, machine: { cpu: cpus()[0]?.model, cores: cpus().length, memoryMiB: Math.round(totalmem() / 2 ** 20), browser: page.context().browser()?.version() } }
  writeFileSync(process.env.MLP_BENCH_OUT ?? out, `${JSON.stringify(figure, null, 2)}\n`)
  process.stdout.write(`${JSON.stringify(figure, null, 2)}\n`)
})
