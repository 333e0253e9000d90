import { queryOptions } from '@tanstack/react-query'
import { fileTextQuery } from '../artifacts/artifacts'
import { api, body, type Schemas } from '../client'

export type CodeVersion = Schemas['CodeVersionView']
export type CodeFiles = Schemas['CodeFilesView']
export type CodeGit = Schemas['CodeGitView']
export type CodeDiff = Schemas['CodeDiffView']

export const codeQuery = queryOptions({ queryKey: ['code'], queryFn: ({ signal }) => body(api.GET('/api/v1/code', { signal })), refetchInterval: 15_000 })
export const codeVersionsQuery = (name: string) => queryOptions({ queryKey: ['code', name, 'versions'], queryFn: ({ signal }) => body(api.GET('/api/v1/code/{name}', { params: { path: { name } }, signal })) })
export const codeFilesQuery = (name: string, version: number | 'latest') => queryOptions({
  queryKey: ['code', name, 'files', version],
  queryFn: ({ signal }) => body(api.GET('/api/v1/code/{name}/versions/{version}', { params: { path: { name, version: String(version) } }, signal })),
})
export const codeDiffQuery = (name: string, from: number, to: number) => queryOptions({
  queryKey: ['code', name, 'diff', from, to],
  queryFn: ({ signal }) => body(api.GET('/api/v1/code/{name}/diff', { params: { path: { name }, query: { from: String(from), to: String(to) } }, signal })),
  staleTime: Infinity,
})
/** The text of one file of a version. */
export const codeTextQuery = (version: CodeVersion, path: string) => fileTextQuery(version.files.$artifact, path)

/** How a version differs from its folder on a branch of the repository; without a branch, on the watched one. */
export const codeGitQuery = (name: string, version: number, branch?: string) => queryOptions({
  queryKey: ['code', name, 'git', version, branch ?? ''],
  queryFn: ({ signal }) => body(api.GET('/api/v1/code/{name}/versions/{version}/git', { params: { path: { name, version: String(version) }, query: branch === undefined ? {} : { branch } }, signal })),
})
export const commitCode = (name: string, version: number, commit: Schemas['CodeCommit']) => body(api.POST('/api/v1/code/{name}/versions/{version}/commit', { params: { path: { name, version: String(version) } }, body: commit }))

export const changeCode = (name: string, change: Schemas['CodeChange']) => body(api.POST('/api/v1/code/{name}/versions', { params: { path: { name } }, body: change }))
export const rollBackCode = (name: string, version: number, based: number) => body(api.POST('/api/v1/code/{name}/rollback', { params: { path: { name } }, body: { version, based } }))
/** Makes what the watched branch has in the folder's place the next version. */
export const takeCode = (name: string, based: number) => body(api.POST('/api/v1/code/{name}/take', { params: { path: { name } }, body: { based } }))
