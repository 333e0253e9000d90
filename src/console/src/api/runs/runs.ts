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
