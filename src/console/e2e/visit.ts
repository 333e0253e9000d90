import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, test as base, type Page } from '@playwright/test'
import type { RunName } from './pipelines'

export const address = (): string => process.env.MLP_ADDRESS!

export const runId = (name: RunName): string => (JSON.parse(process.env.MLP_E2E_RUNS!) as Record<RunName, string>)[name]

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = join(import.meta.dirname, '../.screenshots')

/** A page that remembers what went wrong on it: whatever a test does, none of this may happen. */
export const test = base.extend<{ readonly faults: string[] }>({
  faults: [async ({ page }, use) => {
    const faults: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => faults.push(`page: ${error.message}`))
    page.on('requestfailed', (request) => {
      // A page that is left gives up what it still asked for.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`)
    })
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`)
    })
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== address()) faults.push(`foreign: ${request.url()}`)
    })
    await use(faults)
    expect(faults).toEqual([])
  }, { auto: true }],
})

export { expect }

/** Opens a path and waits until nothing is loading any more. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(address() + path)
  await settled(page)
}

export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
}

/** Serious and critical findings of axe, each with the element it is about. */
export async function faultsOfAccess(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    interface Violation { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[] }
    const { axe: here } = window as unknown as { readonly axe: { run(options: object): Promise<{ readonly violations: readonly Violation[] }> } }
    const found = await here.run({ resultTypes: ['violations'] })
    return found.violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .flatMap((v) => v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 240)}`))
  })
}

/** What axe finds on a page that holds somebody else's components: findings in our part, and the rules that theirs break. */
export async function faultsBeside(page: Page, foreign: string): Promise<{ readonly ours: readonly string[]; readonly theirs: readonly string[] }> {
  // Its editor has a loader of modules, which complains of one that comes twice.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  return page.evaluate(async (selector) => {
    interface Violation { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly target: readonly string[]; readonly html: string; readonly failureSummary: string }[] }
    const { axe: here } = window as unknown as { readonly axe: { run(options: object): Promise<{ readonly violations: readonly Violation[] }> } }
    const found = (await here.run({ resultTypes: ['violations'] })).violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
    const isForeign = (target: readonly string[]) => document.querySelector(target[0]!)?.closest(selector) != null
    return {
      ours: found.flatMap((v) => v.nodes.filter((n) => !isForeign(n.target)).map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 240)}`)),
      theirs: found.filter((v) => v.nodes.some((n) => isForeign(n.target))).map((v) => v.id).toSorted(),
    }
  }, foreign)
}

/** Tables of fixed columns that are wider than their place, titles that are cut, and cells whose buttons are. */
async function cutTables(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const labelOf = (element: Element) => element.closest('[role="table"]')?.getAttribute('aria-label') ?? element.textContent
    const isCut = (element: Element) => element.scrollWidth > element.clientWidth
    return [
      ...[...document.querySelectorAll('[role="table"]:not([data-any-columns])')].filter(isCut).map((e) => `${labelOf(e)}: ${e.scrollWidth} of ${e.clientWidth} px`),
      ...[...document.querySelectorAll('[role="columnheader"], [role="cell"]:has(button)')].filter(isCut).map((e) => `${labelOf(e)}, ${e.textContent}: ${e.scrollWidth} of ${e.clientWidth} px`),
    ]
  })
}

/** Looks at a page in both themes and at both widths: pictures for people, and axe for everyone. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    for (const width of [1280, 1920]) {
      await page.setViewportSize({ width, height: width === 1280 ? 800 : 1080 })
      await page.screenshot({ path: join(shots, `${name}-${scheme}-${width}.png`), animations: 'disabled' })
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(over, `${name} is wider than ${width} px`).toBeLessThanOrEqual(0)
      expect(await cutTables(page), `${name} at ${width} px`).toEqual([])
    }
    expect(await faultsOfAccess(page), `${name}, ${scheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 800 })
}
