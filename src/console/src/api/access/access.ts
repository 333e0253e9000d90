import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Token = Schemas['TokenView']
export type Audit = Schemas['AuditView']
export type Secret = Schemas['SecretView']
export type Role = Schemas['Role']

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => body(api.GET('/api/v1/me', { signal })), staleTime: 60_000 })
export const tokensQuery = queryOptions({ queryKey: ['tokens'], queryFn: ({ signal }) => body(api.GET('/api/v1/tokens', { signal })) })
export const secretsQuery = queryOptions({ queryKey: ['secrets'], queryFn: ({ signal }) => body(api.GET('/api/v1/secrets', { signal })) })
export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam, signal }) => body(api.GET('/api/v1/audit', { params: { query: { limit: 200, ...(pageParam === null ? {} : { cursor: Number(pageParam) }) } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
})

export const createToken = (name: string, role: Role) => body(api.POST('/api/v1/tokens', { body: { name, role } }))
export const revokeToken = (name: string) => api.DELETE('/api/v1/tokens/{name}', { params: { path: { name } } })
