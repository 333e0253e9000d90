import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { createContext, use, useMemo } from 'react'
import { scopeQuery, type ScopePlace } from '@/api/designer/designer'
import { candidateOf, type Candidate } from '../model/scope'

/** The file that a form is about. */
export const FileContext = createContext('')

/** What may be read in a place of the file; asked for only where somebody writes. */
export function useScope(place: ScopePlace, isWanted: boolean): readonly Candidate[] {
  const [text] = useDebouncedValue(use(FileContext), 150)
  const { data } = useQuery({ ...scopeQuery(text, place), enabled: isWanted && text !== '', placeholderData: keepPreviousData })
  return useMemo(() => (data ?? []).map(candidateOf), [data])
}
