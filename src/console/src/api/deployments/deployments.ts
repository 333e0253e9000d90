import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Deployment = Schemas['DeploymentView']
export type DeploymentRevision = Schemas['DeploymentRevisionView']
export type DeploymentMetrics = Schemas['DeploymentMetrics']

export const deploymentsQuery = queryOptions({ queryKey: ['deployments'], queryFn: ({ signal }) => body(api.GET('/api/v1/deployments', { signal })), refetchInterval: 5000 })
export const deploymentQuery = (name: string) => queryOptions({ queryKey: ['deployments', name], queryFn: ({ signal }) => body(api.GET('/api/v1/deployments/{name}', { params: { path: { name } }, signal })), refetchInterval: 5000 })
export const deploymentMetricsQuery = (name: string, window: string) => queryOptions({ queryKey: ['deployments', name, 'metrics', window], queryFn: ({ signal }) => body(api.GET('/api/v1/deployments/{name}/metrics', { params: { path: { name }, query: { window } }, signal })), refetchInterval: 5000 })
export const deploymentHistoryQuery = (name: string) => infiniteQueryOptions({
  queryKey: ['deployments', name, 'history'],
  queryFn: ({ pageParam, signal }) => body(api.GET('/api/v1/deployments/{name}/history', { params: { path: { name }, query: { limit: 100, ...(pageParam === null ? {} : { cursor: Number(pageParam) }) } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
})
export const rollBack = (name: string) => body(api.POST('/api/v1/deployments/{name}/rollback', { params: { path: { name } }, body: {} }))
export const promote = (name: string, version: number) => body(api.POST('/api/v1/deployments/{name}/promote', { params: { path: { name } }, body: { version } }))
export const withdraw = (name: string, version: number) => body(api.POST('/api/v1/deployments/{name}/withdraw', { params: { path: { name } }, body: { version } }))
