import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Model = Schemas['ModelView']
export type ModelVersion = Schemas['ModelVersionView']

export const modelsQuery = queryOptions({ queryKey: ['models'], queryFn: ({ signal }) => body(api.GET('/api/v1/models', { signal })), refetchInterval: 15_000 })
export const modelQuery = (name: string) => queryOptions({ queryKey: ['models', name], queryFn: ({ signal }) => body(api.GET('/api/v1/models/{name}', { params: { path: { name } }, signal })) })
export const setAlias = (name: string, alias: string, version: number) => body(api.PUT('/api/v1/models/{name}/aliases/{alias}', { params: { path: { name, alias } }, body: { version } }))
