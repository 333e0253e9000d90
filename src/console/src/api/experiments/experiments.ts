import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Experiment = Schemas['ExperimentView']
export type TrackedRun = Schemas['TrackedRunView']
export type Sweep = Schemas['SweepView']
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
export const sweepsQuery = infiniteQueryOptions({
  queryKey: ['sweeps'],
  queryFn: ({ pageParam, signal }) => body(api.GET('/api/v1/sweeps', { params: { query: { limit: 200, ...(pageParam === null ? {} : { cursor: pageParam }) } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
  refetchInterval: 5000,
})
