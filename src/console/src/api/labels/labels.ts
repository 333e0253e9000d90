import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type LabelBatch = Schemas['LabelBatchView']
export type LabelItem = Schemas['LabelItemView']
export type NextItem = Schemas['NextItemView']
export type Annotation = Schemas['AnnotationView']
export type Agreement = Schemas['AgreementReport']
export type Dispute = Schemas['DisputeView']

export const batchesQuery = queryOptions({ queryKey: ['labels'], queryFn: ({ signal }) => body(api.GET('/api/v1/labels/batches', { signal })), refetchInterval: 5000 })

export const batchQuery = (id: string) => queryOptions({
  queryKey: ['labels', id],
  queryFn: ({ signal }) => body(api.GET('/api/v1/labels/batches/{id}', { params: { path: { id } }, signal })),
  refetchInterval: 10_000,
})

/** The item that a person works at. Asking lends it to them, so it is asked for only when it is wanted. */
export const nextQuery = (id: string, annotator: string | undefined) => queryOptions({
  queryKey: ['labels', id, 'next', annotator ?? ''],
  queryFn: ({ signal }) => body(api.POST('/api/v1/labels/batches/{id}/next', { params: { path: { id } }, body: { leaseSeconds: 600, ...(annotator === undefined ? {} : { annotator }) }, signal })),
  staleTime: Infinity,
  gcTime: 0,
  // Others may give an item back: who has none looks again now and then.
  refetchInterval: ({ state }) => (state.data !== undefined && state.data.item == null ? 5000 : false),
  refetchOnWindowFocus: false,
})

/** What a person gave last, newest first. */
export const givenQuery = (id: string, annotator: string) => queryOptions({
  queryKey: ['labels', id, 'given', annotator],
  queryFn: ({ signal }) => body(api.GET('/api/v1/labels/batches/{id}/annotations', { params: { path: { id }, query: { annotator, last: 50 } }, signal })),
})

export const agreementQuery = (id: string) => queryOptions({
  queryKey: ['labels', id, 'agreement'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/labels/batches/{id}/agreement', { params: { path: { id } }, signal })),
  refetchInterval: 10_000,
})

export const disputesQuery = (id: string) => queryOptions({
  queryKey: ['labels', id, 'disputes'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/labels/batches/{id}/disputes', { params: { path: { id } }, signal })),
  refetchInterval: 10_000,
})

/** Keeps an answer, or a skip where it is null; it is durable once this is done. The same answer sent again is kept once. */
export const saveAnswer = (id: string, item: number, revision: number, value: unknown, annotator: string | undefined) =>
  body(api.PUT('/api/v1/labels/batches/{id}/items/{item}/annotation', { params: { path: { id, item } }, body: { revision, ...(value === null ? {} : { value }), ...(annotator === undefined ? {} : { annotator }) } }))

export const withdrawAnswer = (id: string, item: number, revision: number, annotator: string | undefined) =>
  body(api.DELETE('/api/v1/labels/batches/{id}/items/{item}/annotation', { params: { path: { id, item }, query: { revision, ...(annotator === undefined ? {} : { annotator }) } } }))

export const decideItem = (id: string, item: number, revision: number, value: unknown) =>
  body(api.PUT('/api/v1/labels/batches/{id}/items/{item}/decision', { params: { path: { id, item } }, body: { revision, value } }))

export const closeBatch = (id: string) => body(api.POST('/api/v1/labels/batches/{id}/close', { params: { path: { id } } }))
