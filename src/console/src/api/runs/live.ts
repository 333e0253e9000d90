import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { follow } from '../stream'
import { progressKey, runQuery, type Activity, type Run, type RunDetail, type RunProgress } from './runs'

/** Puts what happened into the run as it stood. */
export function applied(run: RunDetail, changes: readonly Activity[], head: Run | null): RunDetail {
  if (changes.length === 0) return head === null ? run : { ...run, ...head }
  const byNode = new Map(run.activities.map((a, i) => [a.node, i]))
  const activities = [...run.activities]
  let { omitted } = run
  for (const change of changes) {
    const at = byNode.get(change.node)
    if (at !== undefined) activities[at] = change
    else if (activities.length < 1000) byNode.set(change.node, activities.push(change) - 1)
    else omitted++
  }
  return { ...run, ...head, activities, omitted: Math.min(omitted, Math.max(0, (head ?? run).counts.total! - activities.length)) }
}

/** Keeps a run that goes on up to date by its events. Returns whether we hear them now. */
export function useRunLive(id: string, goesOn: boolean): boolean {
  const queries = useQueryClient()
  const [live, setLive] = useState(false)
  useEffect(() => {
    if (!goesOn) return
    let changes: Activity[] = []
    let head: Run | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    // Many events may come at once; the page is drawn ten times a second at most.
    const flush = () => {
      timer = undefined
      const [these, run] = [changes, head]
      changes = []
      head = null
      queries.setQueryData(runQuery(id).queryKey, (old) => (old ? applied(old, these, run) : old))
    }
    const stop = follow(`/api/v1/runs/${id}/events`, {
      onLive: setLive,
      onEvent: ({ name, data }) => {
        if (name === 'activity') changes.push(JSON.parse(data) as Activity)
        else if (name === 'run') head = JSON.parse(data) as Run
        else if (name === 'progress') queries.setQueryData<RunProgress>(progressKey(id), JSON.parse(data) as RunProgress)
        else if (name === 'end') void queries.invalidateQueries({ queryKey: ['runs', id] })
        else return
        timer ??= setTimeout(flush, 100)
      },
    })
    return () => {
      stop()
      clearTimeout(timer)
      setLive(false)
    }
  }, [id, goesOn, queries])
  return live
}
