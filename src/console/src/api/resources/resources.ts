import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Pool = Schemas['PoolView']
export type GroupQuota = Schemas['GroupQuotaView']
export type Holder = Schemas['HolderView']
export type Machine = Schemas['MachineView']
export type Expansion = Schemas['ExpansionView']
export type Amount = Schemas['AmountView']

export const poolsQuery = queryOptions({ queryKey: ['pools'], queryFn: ({ signal }) => body(api.GET('/api/v1/pools', { signal })), refetchInterval: 3000 })
export const poolQuery = (pool: string) => queryOptions({ queryKey: ['pools', pool], queryFn: ({ signal }) => body(api.GET('/api/v1/pools/{pool}', { params: { path: { pool } }, signal })), refetchInterval: 3000 })
export const quotasQuery = queryOptions({ queryKey: ['quotas'], queryFn: ({ signal }) => body(api.GET('/api/v1/quotas', { signal })), refetchInterval: 5000 })
export const expansionsQuery = queryOptions({ queryKey: ['quotas', 'expansions'], queryFn: ({ signal }) => body(api.GET('/api/v1/quotas/expansions', { signal })) })
export const endExpansion = (id: string) => body(api.POST('/api/v1/quotas/expansions/{id}/end', { params: { path: { id } } }))
