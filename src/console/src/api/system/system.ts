import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type System = Schemas['SystemView']

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/system', { signal })),
  staleTime: 60_000,
})
