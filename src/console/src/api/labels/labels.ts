import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '../client'

export type LabelBatch = Schemas['LabelBatchView']

export const batchesQuery = queryOptions({ queryKey: ['labels'], queryFn: ({ signal }) => body(api.GET('/api/v1/labels/batches', { signal })), refetchInterval: 5000 })
