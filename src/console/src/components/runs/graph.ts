import type { Activity, RunPlanNode } from '@/api/runs/runs'

/** The name of the plan's node that an activity is an instance of: `train[3]` is one of `train`. */
export const nodeOf = (activity: string): string => activity.replace(/\[\d+\]$/, '')

/** Everything that hangs on the named activities, they themselves included. */
export function downstreamOf(plan: readonly RunPlanNode[], names: readonly string[]): ReadonlySet<string> {
  const reached = new Set(names.map(nodeOf))
  // The plan's order puts every node after what it depends on, so that one pass is enough.
  for (const node of plan) if (node.dependsOn.some((d) => reached.has(d))) reached.add(node.name)
  return reached
}

/**
 * The chain that decided when the run ended: from the activity that ended last, back along whichever dependency ended
 * last.
 */
export function criticalPath(plan: readonly RunPlanNode[], activities: readonly Activity[]): readonly string[] {
  const ends = new Map<string, number>()
  for (const { name, endedAt, startedAt } of activities) {
    if (!endedAt || !startedAt) continue
    const node = nodeOf(name)
    ends.set(node, Math.max(ends.get(node) ?? 0, Date.parse(endedAt)))
  }
  const before = new Map(plan.map((n) => [n.name, n.dependsOn]))
  const latest = (names: Iterable<string>): string | undefined => {
    let found: string | undefined
    for (const name of names) if (ends.has(name) && (found === undefined || ends.get(name)! > ends.get(found)!)) found = name
    return found
  }
  const path: string[] = []
  for (let at = latest(ends.keys()); at !== undefined; at = latest(before.get(at) ?? [])) path.unshift(at)
  return path
}

export type Action = 'cancel' | 'pause' | 'unpause' | 'resume' | 'rerun'

export interface Effect {
  /** Activities that run again, or are stopped by a cancel. */
  readonly touched: readonly string[]
  /** Activities whose results stand. */
  readonly kept: readonly string[]
}

const done: ReadonlySet<string> = new Set(['succeeded', 'cached', 'expanded'])
const busy: ReadonlySet<string> = new Set(['running', 'waiting', 'retrying', 'stopping', 'queued', 'binding'])

/** What an action will do, activity by activity, before it is done. */
export function effectOf(action: Action, plan: readonly RunPlanNode[], activities: readonly Activity[], from: readonly string[] = []): Effect {
  const names = activities.map((a) => a.name)
  const split = (isTouched: (a: Activity) => boolean): Effect => ({
    touched: activities.filter(isTouched).map((a) => a.name),
    kept: activities.filter((a) => !isTouched(a)).map((a) => a.name),
  })
  switch (action) {
    case 'cancel': return split((a) => busy.has(a.state) || a.state === 'pending')
    case 'pause': return split((a) => a.state === 'pending' || a.state === 'queued' || a.state === 'retrying')
    case 'unpause': return split((a) => !done.has(a.state))
    case 'resume': {
      const again = downstreamOf(plan, activities.filter((a) => !done.has(a.state) && a.state !== 'skipped').map((a) => a.name))
      return split((a) => again.has(nodeOf(a.name)) && !(done.has(a.state) && a.name !== nodeOf(a.name)))
    }
    case 'rerun': {
      const again = from.length === 0 ? new Set(names.map(nodeOf)) : downstreamOf(plan, from)
      return split((a) => again.has(nodeOf(a.name)))
    }
  }
}
