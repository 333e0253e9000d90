import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Run = Schemas['RunView']
export type RunDetail = Schemas['RunDetail']
export type RunState = Schemas['RunStatus']
export type Activity = Schemas['ActivityView']
export type ActivityState = Schemas['ActivityStatus']
export type Attempt = Schemas['AttemptView']
export type Wait = Schemas['WaitView']
export type RunProgress = Schemas['RunProgress']
export type RunPlanNode = Schemas['RunPlanNode']
export type RunArtifact = Schemas['RunArtifactView']

export interface RunFilter {
  readonly pipeline?: string
  readonly state?: RunState
  readonly createdAfter?: string
  readonly createdBefore?: string
}

const ended: ReadonlySet<string> = new Set<RunState>(['succeeded', 'failed', 'cancelled'])

export const hasEnded = (state: RunState): boolean => ended.has(state)

const page = 200

export const runsQuery = (filter: RunFilter) => infiniteQueryOptions({
  queryKey: ['runs', 'list', filter],
  queryFn: ({ pageParam, signal }) =>
    body(api.GET('/api/v1/runs', { params: { query: { ...filter, limit: page, ...(pageParam === null ? {} : { cursor: pageParam }) } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
  // Only the first pages are looked at again; older runs change rarely.
  refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 2 ? 3000 : 15_000),
})

export const runQuery = (id: string) => queryOptions({
  queryKey: ['runs', id],
  queryFn: ({ signal }) => body(api.GET('/api/v1/runs/{id}', { params: { path: { id } }, signal })),
})

export const runPlanQuery = (id: string) => queryOptions({
  queryKey: ['runs', id, 'plan'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/runs/{id}/plan', { params: { path: { id } }, signal })),
  staleTime: Infinity,
})

export const attemptsQuery = (id: string, activity: string) => queryOptions({
  queryKey: ['runs', id, 'attempts', activity],
  queryFn: ({ signal }) => body(api.GET('/api/v1/runs/{id}/attempts', { params: { path: { id }, query: { activity } }, signal })),
})

export const runArtifactsQuery = (id: string) => queryOptions({
  queryKey: ['runs', id, 'artifacts'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/runs/{id}/artifacts', { params: { path: { id } }, signal })),
})

export const runMetricsQuery = (id: string) => queryOptions({
  queryKey: ['runs', id, 'metrics'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/runs/{id}/metrics', { params: { path: { id } }, signal })),
})

export const progressKey = (id: string) => ['runs', id, 'progress'] as const

/** Carries an action out and gives the run as it then stands. */
export function act(id: string, action: 'cancel' | 'pause' | 'unpause' | 'resume' | 'rerun', from: readonly string[] = []): Promise<Run> {
  const path = { id }
  switch (action) {
    case 'cancel': return body(api.POST('/api/v1/runs/{id}/cancel', { params: { path } }))
    case 'pause': return body(api.POST('/api/v1/runs/{id}/pause', { params: { path } }))
    case 'unpause': return body(api.POST('/api/v1/runs/{id}/unpause', { params: { path } }))
    case 'resume': return body(api.POST('/api/v1/runs/{id}/resume', { params: { path } }))
    case 'rerun': return body(api.POST('/api/v1/runs/{id}/rerun', { params: { path, query: from.length > 0 ? { from: from.join(',') } : {} } }))
  }
}

export function startRun(pipeline: string, parameters: Record<string, unknown>): Promise<Run> {
  return body(api.POST('/api/v1/runs', { body: { pipeline, parameters } }))
}
