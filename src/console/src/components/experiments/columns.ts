import type { TrackedRun } from '@/api/experiments/experiments'

/** Which metrics and parameters the runs have, those that most of them have first. */
export function namesIn(runs: readonly TrackedRun[], of: 'metrics' | 'parameters', most: number): readonly string[] {
  const counts = new Map<string, number>()
  for (const run of runs) for (const name of Object.keys(run[of])) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b)).slice(0, most).map(([name]) => name)
}

/** The track of a column that is called by what others chose: wide enough for the name, and for the arrow of an order. */
export const widthOf = (name: string): string => `minmax(${Math.min(320, Math.max(96, 40 + 8 * name.length))}px, 1fr)`

/** The way MLflow's order speaks of a column, and back. */
export const orderOf = (sort: Sort | null): string => (sort === null ? '' : `${sort.column} ${sort.down ? 'DESC' : 'ASC'}`)

export interface Sort {
  readonly column: string
  readonly down: boolean
}

/** What another click on a title sorts by: first the greatest on top, then the least, then as it came. */
export const nextSort = (sort: Sort | null, column: string): Sort | null =>
  sort?.column !== column ? { column, down: true } : sort.down ? { column, down: false } : null

/** Curves as uPlot takes them: every step that any of them has, and each one's values there. */
export function alignedOf(curves: readonly { readonly steps: readonly number[]; readonly values: readonly (number | string)[] }[]): (number | null)[][] {
  const steps = [...new Set(curves.flatMap((c) => c.steps))].sort((a, b) => a - b)
  const at = new Map(steps.map((s, i) => [s, i]))
  return [steps, ...curves.map((c) => {
    const line = new Array<number | null>(steps.length).fill(null)
    c.steps.forEach((s, i) => {
      const value = c.values[i]
      line[at.get(s)!] = typeof value === 'number' ? value : null
    })
    return line
  })]
}
