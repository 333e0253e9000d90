import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Dataset = Schemas['DatasetView']
export type DatasetVersion = Schemas['DatasetVersionView']
export type Source = Schemas['SourceView']
export type Agent = Schemas['AgentView']
export type LineageGraph = Schemas['LineageGraph']

export const datasetsQuery = queryOptions({ queryKey: ['datasets'], queryFn: ({ signal }) => body(api.GET('/api/v1/datasets', { signal })), refetchInterval: 15_000 })
export const datasetQuery = (name: string) => queryOptions({ queryKey: ['datasets', name], queryFn: ({ signal }) => body(api.GET('/api/v1/datasets/{name}', { params: { path: { name } }, signal })) })
export const lineageQuery = (kind: 'datasets' | 'models', name: string, version: number, down: boolean) => queryOptions({
  queryKey: ['lineage', kind, name, version, down],
  queryFn: ({ signal }) => kind === 'datasets'
    ? body(api.GET('/api/v1/lineage/datasets/{name}/{version}', { params: { path: { name, version: String(version) }, query: { down } }, signal }))
    : body(api.GET('/api/v1/lineage/models/{name}/{version}', { params: { path: { name, version }, query: { down } }, signal })),
})
export const sourcesQuery = queryOptions({ queryKey: ['sources'], queryFn: ({ signal }) => body(api.GET('/api/v1/bees/sources', { signal })), refetchInterval: 5000 })
export const agentsQuery = queryOptions({ queryKey: ['agents'], queryFn: ({ signal }) => body(api.GET('/api/v1/bees/agents', { signal })), refetchInterval: 5000 })
