import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Workspace = Schemas['WorkspaceView']

export const workspacesQuery = queryOptions({ queryKey: ['workspaces'], queryFn: ({ signal }) => body(api.GET('/api/v1/workspaces', { signal })), refetchInterval: 5000 })

const path = (id: string) => ({ params: { path: { id } } })
export const openWorkspace = (id: string) => body(api.POST('/api/v1/workspaces/{id}/open', path(id)))
export const stopWorkspace = (id: string) => body(api.POST('/api/v1/workspaces/{id}/stop', path(id)))
export const restoreWorkspace = (id: string) => body(api.POST('/api/v1/workspaces/{id}/restore', path(id)))
export const createWorkspace = (ask: Schemas['NewWorkspace']) => body(api.POST('/api/v1/workspaces', { body: ask }))
