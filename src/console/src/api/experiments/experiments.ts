import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Experiment = Schemas['ExperimentView']
export type TrackedRun = Schemas['TrackedRunView']
export type Sweep = Schemas['SweepView']
export type SweepDetail = Schemas['SweepDetail']
export type Trial = Schemas['TrialView']
export type SweepCheck = Schemas['SweepCheckView']
export type Comparison = Schemas['ComparisonView']

export const experimentsQuery = queryOptions({ queryKey: ['experiments'], queryFn: ({ signal }) => body(api.GET('/api/v1/experiments', { signal })), refetchInterval: 15_000 })
export const trackedRunsQuery = (experiment: string, filter: string, orderBy: string) => infiniteQueryOptions({
  queryKey: ['experiments', experiment, 'runs', filter, orderBy],
  queryFn: ({ pageParam, signal }) => body(api.GET('/api/v1/experiments/{experiment}/runs', {
    params: { path: { experiment }, query: { limit: 1000, ...(filter ? { filter } : {}), ...(orderBy ? { orderBy } : {}), ...(pageParam === null ? {} : { cursor: pageParam }) } }, signal,
  })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
})
export const comparisonQuery = (runs: readonly string[], curves: readonly string[]) => queryOptions({
  queryKey: ['experiments', 'compare', runs, curves],
  queryFn: ({ signal }) => body(api.POST('/api/v1/experiments/compare', { body: { runs: [...runs], curves: [...curves], show: 50 }, signal })),
})
/** Front and importance as the server finds them among all runs of an experiment, or all trials of a sweep. */
export const goalsQuery = (of: { readonly experiment: string; readonly filter: string; readonly goals: readonly string[] } | { readonly sweep: string }) => queryOptions({
  queryKey: ['experiments', 'goals', of],
  queryFn: ({ signal }) => body(api.POST('/api/v1/experiments/compare', {
    body: 'sweep' in of ? { sweep: of.sweep, show: 1 } : { experiments: [of.experiment], goals: [...of.goals], curves: [], show: 1, ...(of.filter ? { filter: of.filter } : {}) }, signal,
  })),
  staleTime: 30_000,
})
export const sweepsQuery = infiniteQueryOptions({
  queryKey: ['sweeps'],
  queryFn: ({ pageParam, signal }) => body(api.GET('/api/v1/sweeps', { params: { query: { limit: 200, ...(pageParam === null ? {} : { cursor: pageParam }) } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
  refetchInterval: 5000,
})

const goesOn = (state: string | undefined): boolean => state === undefined || state === 'running' || state === 'stopping'
export const sweepQuery = (id: string) => queryOptions({
  queryKey: ['sweeps', id],
  queryFn: ({ signal }) => body(api.GET('/api/v1/sweeps/{id}', { params: { path: { id } }, signal })),
  refetchInterval: ({ state }) => (goesOn(state.data?.state) ? 2000 : false),
})
export const trialsQuery = (id: string, isOver: boolean) => queryOptions({
  queryKey: ['sweeps', id, 'trials', isOver],
  queryFn: ({ signal }) => body(api.GET('/api/v1/sweeps/{id}/trials', { params: { path: { id } }, signal })),
  refetchInterval: isOver ? false : 2000,
})
export const stopSweep = (id: string) => body(api.POST('/api/v1/sweeps/{id}/stop', { params: { path: { id } } }))
export const resumeSweep = (id: string, trials: number | null) => body(api.POST('/api/v1/sweeps/{id}/resume', { params: { path: { id } }, body: trials === null ? {} : { trials } }))
/** What a sweep would do, or what is wrong with it; nothing is started. */
export const sweepCheckQuery = (sweep: object) => queryOptions({
  queryKey: ['sweeps', 'check', sweep],
  queryFn: ({ signal }) => body(api.POST('/api/v1/sweeps/check', { body: { sweep }, signal })),
  staleTime: 60_000,
})
export const startSweep = (sweep: object) => body(api.POST('/api/v1/sweeps', { body: { sweep } }))
