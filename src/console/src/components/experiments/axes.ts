import type { TrackedRun } from '@/api/experiments/experiments'

/** One upright line of parallel coordinates: numbers from least to greatest, or the different texts there are. */
export type Axis = { readonly name: string; readonly of: 'parameters' | 'metrics' } & (
  | { readonly kind: 'number'; readonly least: number; readonly greatest: number; readonly log: boolean }
  | { readonly kind: 'text'; readonly values: readonly string[] }
)

const mostTexts = 24 // more different texts than that are no choice any more

function numberOf(value: string | number | undefined): number | null {
  if (value === undefined || value === '') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

/** What an axis of these runs looks like; null where they have nothing to tell apart. */
export function axisOf(runs: readonly TrackedRun[], name: string, of: Axis['of']): Axis | null {
  const given = runs.map((r) => r[of][name]).filter((v) => v !== undefined)
  const numbers = given.map(numberOf)
  if (given.length > 0 && numbers.every((n) => n !== null)) {
    const least = numbers.reduce((a, b) => Math.min(a, b), Infinity)
    const greatest = numbers.reduce((a, b) => Math.max(a, b), -Infinity)
    return least < greatest ? { name, of, kind: 'number', least, greatest, log: least > 0 && greatest / least >= 100 } : null
  }
  const values = [...new Set(given.map(String))].sort()
  return values.length > 1 && values.length <= mostTexts ? { name, of, kind: 'text', values } : null
}

/** Where a run lies on an axis, from 0 below to 1 above; null where it has no value there. */
export function placeOn(axis: Axis, run: TrackedRun): number | null {
  const value = run[axis.of][axis.name]
  if (axis.kind === 'text') {
    const at = value === undefined ? -1 : axis.values.indexOf(String(value))
    return at < 0 ? null : axis.values.length === 1 ? 0.5 : at / (axis.values.length - 1)
  }
  const number = numberOf(value)
  if (number === null) return null
  return axis.log ? Math.log(number / axis.least) / Math.log(axis.greatest / axis.least) : (number - axis.least) / (axis.greatest - axis.least)
}

/** What an axis says at a place: its ends and middle, or its texts. */
export function ticksOf(axis: Axis): readonly { readonly at: number; readonly value: number | string }[] {
  if (axis.kind === 'text') return axis.values.map((value, i) => ({ at: i / (axis.values.length - 1), value }))
  const middle = axis.log ? Math.sqrt(axis.least * axis.greatest) : (axis.least + axis.greatest) / 2
  return [{ at: 0, value: axis.least }, { at: 0.5, value: middle }, { at: 1, value: axis.greatest }]
}

/** Parts of axes that were marked, by name. */
export type Brushes = ReadonlyMap<string, readonly [from: number, to: number]>

/** The runs that lie within every marked part. */
export function within(runs: readonly TrackedRun[], axes: readonly Axis[], brushes: Brushes): readonly TrackedRun[] {
  const marked = axes.flatMap((axis) => { const brush = brushes.get(axis.name); return brush ? [{ axis, brush }] : [] })
  return marked.length === 0 ? runs : runs.filter((r) => marked.every(({ axis, brush: [from, to] }) => {
    const at = placeOn(axis, r)
    return at !== null && at >= from - 1e-9 && at <= to + 1e-9
  }))
}

/** The best part of some runs by a metric; those without it are not among them. */
export function bestOf(runs: readonly TrackedRun[], metric: string, maximize: boolean, part: number): ReadonlySet<string> {
  const ranked = runs.flatMap((r) => { const value = numberOf(r.metrics[metric]); return value === null ? [] : [{ id: r.id, value }] })
    .sort((a, b) => (maximize ? b.value - a.value : a.value - b.value))
  return new Set(ranked.slice(0, Math.ceil(ranked.length * part)).map((r) => r.id))
}
