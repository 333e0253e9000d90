import { queryOptions } from '@tanstack/react-query'
import { api, authorization, body, type Schemas } from '../client'
import { Problem } from '../problem'

export type Artifact = Schemas['ArtifactView']
export type ArtifactRef = Schemas['ArtifactRef']
export type TableProfile = Schemas['TableProfile']

export const artifactQuery = (hash: string) => queryOptions({
  queryKey: ['artifacts', hash],
  queryFn: ({ signal }) => body(api.GET('/api/v1/artifacts/{hash}', { params: { path: { hash } }, signal })),
  staleTime: Infinity,
})

export const tableQuery = (hash: string) => queryOptions({
  queryKey: ['artifacts', hash, 'table'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/artifacts/{hash}/table', { params: { path: { hash }, query: { rows: 50 } }, signal })),
  staleTime: Infinity,
})

export const fileAddress = (hash: string, path: string): string =>
  `/api/v1/artifacts/${hash}/files/${path.split('/').map(encodeURIComponent).join('/')}`

async function fetchFile(hash: string, path: string, signal?: AbortSignal): Promise<Response> {
  const address = fileAddress(hash, path)
  const response = await fetch(address, { headers: authorization(), ...(signal ? { signal } : {}) })
  if (!response.ok) throw await Problem.read(response, `GET ${address}`)
  return response
}

export const fileTextQuery = (hash: string, path: string) => queryOptions({
  queryKey: ['artifacts', hash, 'text', path],
  queryFn: async ({ signal }) => (await fetchFile(hash, path, signal)).text(),
  staleTime: Infinity,
})

export const fileBytesQuery = (hash: string, path: string) => queryOptions({
  queryKey: ['artifacts', hash, 'bytes', path],
  queryFn: async ({ signal }) => (await fetchFile(hash, path, signal)).blob(),
  staleTime: Infinity,
})

/** Saves a file on the reader's computer; a plain link could not send the token. */
export async function saveFile(hash: string, path: string): Promise<void> {
  const url = URL.createObjectURL(await (await fetchFile(hash, path)).blob())
  const link = document.createElement('a')
  link.href = url
  link.download = path.split('/').at(-1) ?? path
  link.click()
  URL.revokeObjectURL(url)
}
