import { isRunId } from '../shell/find'
import type { RunFilter, RunState } from '@/api/runs/runs'

export const runStates: readonly RunState[] = ['running', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled']

/** How far back a list looks, in hours. */
export const spans = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 } as const

export type Span = keyof typeof spans

export interface RunSearch {
  readonly pipeline?: string
  readonly state?: RunState
  readonly span?: Span
}

/** Reads the filters of an address; what makes no sense is left out. */
export function runSearch(given: Record<string, unknown>): RunSearch {
  const state = runStates.find((s) => s === given.state)
  const span = (Object.keys(spans) as Span[]).find((s) => s === given.span)
  return {
    ...(typeof given.pipeline === 'string' && given.pipeline.length > 0 ? { pipeline: given.pipeline } : {}),
    ...(state ? { state } : {}),
    ...(span ? { span } : {}),
  }
}

/** The filter for the API. The instant is rounded to the minute, so that the same address asks the same. */
export function filterOf(search: RunSearch, now: number): RunFilter {
  const { span, ...filter } = search
  if (span === undefined) return filter
  const since = new Date(Math.floor((now - spans[span] * 3_600_000) / 60_000) * 60_000)
  return { ...filter, createdAfter: since.toISOString() }
}

export const runViews = ['graph', 'gantt', 'table'] as const

export type RunViewName = (typeof runViews)[number]

const panelTabs = ['overview', 'log', 'attempts', 'inputs', 'outputs'] as const

export type PanelTab = (typeof panelTabs)[number]

/** With more activities than that, a graph is no picture any more, and the table comes first. */
export const graphMost = 400

export interface RunPageSearch {
  readonly view?: RunViewName
  readonly activity?: string
  readonly tab?: PanelTab
  readonly attempt?: number
}

export function runPageSearch(given: Record<string, unknown>): RunPageSearch {
  const view = runViews.find((v) => v === given.view)
  const tab = panelTabs.find((v) => v === given.tab)
  const attempt = Number(given.attempt)
  return {
    ...(view ? { view } : {}),
    ...(typeof given.activity === 'string' && given.activity !== '' ? { activity: given.activity } : {}),
    ...(tab ? { tab } : {}),
    ...(Number.isInteger(attempt) && attempt > 0 ? { attempt } : {}),
  }
}

export interface CompareSearch {
  readonly a?: string
  readonly b?: string
}

export const compareSearch = (given: Record<string, unknown>): CompareSearch => ({
  ...(isRunId(given.a) ? { a: given.a } : {}),
  ...(isRunId(given.b) ? { b: given.b } : {}),
})
