import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type PipelineDocument = Schemas['PipelineDocument']
export type CatalogEntry = Schemas['CatalogEntry']
export type Diagnostic = Schemas['Diagnostic']
export type GitStatus = Schemas['GitStatusView']
export type Saved = Schemas['SavedView']
export type Plan = Schemas['PlanView']
export type ScopeName = Schemas['ScopeName']
export type ScopePlace = Omit<Schemas['ScopeRequest'], 'pipeline'>
export type LastResult = Schemas['LastResult']

export const documentQuery = (id: string) => queryOptions({
  queryKey: ['pipelines', id, 'document'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/pipelines/{id}/document', { params: { path: { id } }, signal })),
  // What is being edited is not exchanged under somebody's hands; saving tells of what others did.
  staleTime: Infinity, gcTime: 0,
})

export const catalogQuery = queryOptions({
  queryKey: ['catalog'],
  queryFn: async ({ signal }) => new Map((await body(api.GET('/api/v1/catalog', { signal }))).map((e) => [e.type, e])),
  staleTime: Infinity,
})

export const schemaQuery = queryOptions({
  queryKey: ['catalog', 'schema'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/catalog/schema', { signal })) as Promise<unknown>,
  staleTime: Infinity,
})

export const gitQuery = queryOptions({
  queryKey: ['git'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/git', { signal })),
})

export const validationQuery = (text: string) => queryOptions({
  queryKey: ['validation', text],
  queryFn: ({ signal }) => body(api.POST('/api/v1/pipelines/validate', { body: { pipeline: text }, signal })),
  staleTime: Infinity, gcTime: 30_000,
})

export type Given = Readonly<Record<string, unknown>>

export const plan = (text: string, parameters: Given) => body(api.POST('/api/v1/plan', { body: { file: { pipeline: text }, parameters } }))

/** A run of the registered pipeline where its text is what holds, else of the text. */
export const start = (what: { readonly pipeline: string } | { readonly text: string }, parameters: Given) =>
  body(api.POST('/api/v1/runs', { body: { ...('pipeline' in what ? { pipeline: what.pipeline } : { file: { pipeline: what.text } }), parameters } }))

export const save = (request: Schemas['SaveRequest']) => body(api.POST('/api/v1/pipelines/save', { body: request }))

export const diffQuery = (id: string, from: number, to: number) => queryOptions({
  queryKey: ['pipelines', id, 'diff', from, to],
  queryFn: ({ signal }) => body(api.GET('/api/v1/pipelines/{id}/diff', { params: { path: { id }, query: { from, to } }, signal })),
  staleTime: Infinity,
})

/** What an expression in a place of the text may read, by the rules of the check. */
export const scopeQuery = (text: string, place: ScopePlace) => queryOptions({
  queryKey: ['scope', place, text],
  queryFn: async ({ signal }) => (await body(api.POST('/api/v1/pipelines/scope', { body: { pipeline: text, ...place }, signal }))).names,
  staleTime: Infinity, gcTime: 30_000,
})

/** What an activity gave the last time that it succeeded; null where it never did. */
export const lastResultQuery = (pipeline: string, activity: string) => queryOptions({
  queryKey: ['pipelines', pipeline, 'results', activity],
  queryFn: async ({ signal }) => (await body(api.GET('/api/v1/pipelines/{id}/results', { params: { path: { id: pipeline }, query: { activity } }, signal })))[0] ?? null,
})
