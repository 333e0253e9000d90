import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type Alarm = Schemas['AlarmView']
export type AlarmState = Schemas['AlarmStatus']
export type Silence = Schemas['SilenceView']

export const alarmsQuery = (state: AlarmState | undefined) => infiniteQueryOptions({
  queryKey: ['alarms', 'list', state ?? ''],
  queryFn: ({ pageParam, signal }) => body(api.GET('/api/v1/alarms', { params: { query: { limit: 200, ...(state ? { state } : {}), ...(pageParam === null ? {} : { cursor: pageParam }) } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
  refetchInterval: 5000,
})

export const silencesQuery = queryOptions({ queryKey: ['alarms', 'silences'], queryFn: ({ signal }) => body(api.GET('/api/v1/alarm-silences', { signal })) })
export const channelsQuery = queryOptions({ queryKey: ['alarms', 'channels'], queryFn: ({ signal }) => body(api.GET('/api/v1/alarm-channels', { signal })) })

export const acknowledge = (id: string) => body(api.POST('/api/v1/alarms/{id}/acknowledge', { params: { path: { id } } }))
export const resolve = (id: string) => body(api.POST('/api/v1/alarms/{id}/resolve', { params: { path: { id } }, body: {} }))
export type Delivery = Schemas['DeliveryView']
export const deliveriesQuery = queryOptions({ queryKey: ['alarms', 'deliveries'], queryFn: ({ signal }) => body(api.GET('/api/v1/alarms/deliveries', { params: { query: { limit: 1000 } }, signal })), refetchInterval: 5000 })
export type AlarmEvent = Schemas['AlarmEvent']
export const alarmEvents: readonly AlarmEvent[] = ['failed', 'timedOut', 'cancelled', 'succeeded', 'retried', 'queued', 'running', 'notStarted', 'notEnded', 'stale', 'metric', 'drift', 'silent', 'starved', 'atLimit', 'budget', 'expansionEnds', 'expansionEnded', 'expansionAsked', 'notRegistered', 'idle']
export const addSilence = (silence: Schemas['SilenceRequest']) => body(api.POST('/api/v1/alarm-silences', { body: silence }))
export const endSilence = (id: string) => api.DELETE('/api/v1/alarm-silences/{id}', { params: { path: { id } } })
