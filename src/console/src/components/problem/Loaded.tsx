import { Skeleton, Stack } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ProblemView } from './ProblemView'

/** Shows a query's data once it is there, a quiet placeholder until then, and what failed where it did. */
export function Loaded<T>({ query, children, lines = 6 }: {
  readonly query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>
  readonly children: (data: T) => ReactNode
  readonly lines?: number
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.error) return <ProblemView error={query.error} onRetry={() => void query.refetch()} />
  return <Stack gap={10} p="md" aria-busy="true">{Array.from({ length: lines }, (_, i) => <Skeleton key={i} height={14} width={`${90 - ((i * 17) % 50)}%`} />)}</Stack>
}
