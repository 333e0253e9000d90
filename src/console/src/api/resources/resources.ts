import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Pool = Schemas['PoolView']
export type GroupQuota = Schemas['GroupQuotaView']
export type Holder = Schemas['HolderView']
export type Machine = Schemas['MachineView']
export type Expansion = Schemas['ExpansionView']
export type ExpansionRequest = Schemas['ExpansionRequestView']
export type Amount = Schemas['AmountView']

export const poolsQuery = queryOptions({ queryKey: ['pools'], queryFn: ({ signal }) => body(api.GET('/api/v1/pools', { signal })), refetchInterval: 3000 })
export const poolQuery = (pool: string) => queryOptions({ queryKey: ['pools', pool], queryFn: ({ signal }) => body(api.GET('/api/v1/pools/{pool}', { params: { path: { pool } }, signal })), refetchInterval: 3000 })
export const quotasQuery = queryOptions({ queryKey: ['quotas'], queryFn: ({ signal }) => body(api.GET('/api/v1/quotas', { signal })), refetchInterval: 5000 })
export const expansionsQuery = queryOptions({ queryKey: ['quotas', 'expansions'], queryFn: ({ signal }) => body(api.GET('/api/v1/quotas/expansions', { signal })) })
export const endExpansion = (id: string) => body(api.POST('/api/v1/quotas/expansions/{id}/end', { params: { path: { id } } }))

export type Waits = Schemas['WaitsView']
export type Waiting = Schemas['WaitingView']
export type Usage = Schemas['UsageView']
export type Series = Schemas['HeldSeries']
export type Budgets = Schemas['BudgetsView']
export type RunScore = Schemas['RunScore']

export const waitsQuery = queryOptions({ queryKey: ['waits'], queryFn: ({ signal }) => body(api.GET('/api/v1/waits', { params: { query: { limit: 1000 } }, signal })), refetchInterval: 5000 })
export const usageQuery = (hours: number) => queryOptions({
  queryKey: ['quotas', 'usage', hours],
  queryFn: ({ signal }) => body(api.GET('/api/v1/quotas/usage', { params: { query: { hours, steps: 120 } }, signal })),
  refetchInterval: 30_000,
})
export const budgetsQuery = queryOptions({ queryKey: ['quotas', 'budgets'], queryFn: ({ signal }) => body(api.GET('/api/v1/quotas/budgets', { signal })), refetchInterval: 15_000 })
export const pipelineScoreQuery = (id: string) => queryOptions({ queryKey: ['scores', 'pipeline', id], queryFn: ({ signal }) => body(api.GET('/api/v1/pipelines/{id}/score', { params: { path: { id } }, signal })) })
export const runScoreQuery = (id: string) => queryOptions({ queryKey: ['scores', 'run', id], queryFn: ({ signal }) => body(api.GET('/api/v1/runs/{id}/score', { params: { path: { id } }, signal })) })

/** The newest run of a pipeline that has ended: its score tells what to ask for. */
export const lastEndedQuery = (pipeline: string) => queryOptions({
  queryKey: ['runs', 'lastEnded', pipeline],
  queryFn: async ({ signal }) => (await body(api.GET('/api/v1/runs', { params: { query: { pipeline, limit: 20 } }, signal }))).items.find((r) => r.endedAt != null) ?? null,
})

/** Requests for expansions, newest first: all, whatever became of them. */
export const requestsQuery = queryOptions({
  queryKey: ['quotas', 'requests'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/quotas/expansions/requests', { params: { query: { limit: 1000 } }, signal })),
  refetchInterval: 15_000,
})
export const askForMore = (wish: Schemas['AskExpansionRequest']) => body(api.POST('/api/v1/quotas/expansions/requests', { body: wish }))
export const approve = (id: string, said: Schemas['ApproveExpansionRequest']) => body(api.POST('/api/v1/quotas/expansions/requests/{id}/approve', { params: { path: { id } }, body: said }))
export const decline = (id: string, word: string) => body(api.POST('/api/v1/quotas/expansions/requests/{id}/decline', { params: { path: { id } }, body: { word } }))
export const withdraw = (id: string) => body(api.POST('/api/v1/quotas/expansions/requests/{id}/withdraw', { params: { path: { id } } }))
export const expand = (wanted: Schemas['ExpandRequest']) => body(api.POST('/api/v1/quotas/expansions', { body: wanted }))
