import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type LogPiece = Schemas['LogView']
export type LogMatch = Schemas['LogMatchView']
export type LogSearch = Schemas['LogSearchView']

export interface LogOf {
  readonly run: string
  readonly activity: string
  readonly attempt: number
}

const pathOf = ({ run, activity }: LogOf) => ({ id: run, name: activity })

export const readLog = (log: LogOf, offset: number, limit: number): Promise<LogPiece> =>
  body(api.GET('/api/v1/runs/{id}/activities/{name}/log', { params: { path: pathOf(log), query: { attempt: log.attempt, offset, limit } } }))

export const searchLog = (log: LogOf, text: string, offset: number, last: boolean, limit: number, regex = false): Promise<LogSearch> =>
  body(api.GET('/api/v1/runs/{id}/activities/{name}/log/search', { params: { path: pathOf(log), query: { attempt: log.attempt, text, offset, limit, last, regex } } }))

export const logErrorQuery = (log: LogOf, fresh: boolean) => queryOptions({
  queryKey: ['runs', log.run, 'log-error', log.activity, log.attempt, fresh],
  queryFn: ({ signal }) => body(api.GET('/api/v1/runs/{id}/activities/{name}/log/errors', { params: { path: pathOf(log), query: { attempt: log.attempt } }, signal })),
})

export const logStream = ({ run, activity, attempt }: LogOf, offset: number): string =>
  `/api/v1/runs/${run}/activities/${encodeURIComponent(activity)}/log/stream?attempt=${attempt}&offset=${offset}`
