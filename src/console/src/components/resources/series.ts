import type { Budgets, Series, Usage } from '@/api/resources/resources'

export type Resource = 'cpu' | 'memory' | 'gpu'

const most = 8 // lines that can be told apart

/** Lines over time (seconds since 1970, the middle of each step): those that held most, and memory in GiB. */
export function seriesOf(usage: Pick<Usage, 'from' | 'stepSeconds'>, series: readonly Series[], resource: Resource) {
  const start = new Date(usage.from).getTime() / 1000
  const sum = (s: Series) => s[resource].reduce((a, b) => a + b, 0)
  return series.toSorted((a, b) => sum(b) - sum(a)).slice(0, most).map((s) => ({
    label: s.name,
    steps: s[resource].map((_, i) => start + (i + 0.5) * usage.stepSeconds),
    values: s[resource].map((v) => (resource === 'memory' ? v / 2 ** 30 : v)),
  }))
}

export interface GroupHours {
  readonly group: string
  readonly hours: number
  readonly people: readonly { readonly person: string; readonly hours: number }[]
}

/** GPU hours of a month by group, the greatest first, and within it by person. */
export function hoursOf(used: Budgets['used'], month: string): readonly GroupHours[] {
  const groups = new Map<string, { person: string; hours: number }[]>()
  for (const u of used) if (u.month === month) groups.set(u.group, [...(groups.get(u.group) ?? []), { person: u.person, hours: u.gpuHours }])
  return [...groups].map(([group, people]) => ({ group, hours: people.reduce((sum, p) => sum + p.hours, 0), people: people.toSorted((a, b) => b.hours - a.hours) })).sort((a, b) => b.hours - a.hours || a.group.localeCompare(b.group))
}
