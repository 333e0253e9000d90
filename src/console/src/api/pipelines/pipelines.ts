import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Pipeline = Schemas['PipelineView']
export type PipelineDetail = Schemas['PipelineDetail']

export const pipelinesQuery = queryOptions({
  queryKey: ['pipelines'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/pipelines', { signal })),
})

export const pipelineQuery = (id: string) => queryOptions({
  queryKey: ['pipelines', id],
  queryFn: ({ signal }) => body(api.GET('/api/v1/pipelines/{id}', { params: { path: { id } }, signal })),
})

export const revisionsQuery = (id: string) => queryOptions({
  queryKey: ['pipelines', id, 'revisions'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/pipelines/{id}/revisions', { params: { path: { id } }, signal })),
})
