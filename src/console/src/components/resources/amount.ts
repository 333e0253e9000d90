import type { Amount } from '@/api/resources/resources'
import type { Text } from '@/i18n/Language'
import { bytesOf, figureOf } from '../time/time'

/** Cores in words; of one there is a word of its own. */
export const coresOf = (cores: number, t: Text): string => `${figureOf(cores)} ${t(cores === 1 ? 'runs.core' : 'runs.cores')}`

/** The parts of an amount that are there, in words. */
export const amountOf = (amount: Amount, t: Text): string => [
  ...(amount.cpu !== 0 ? [coresOf(amount.cpu, t)] : []),
  ...(amount.memory !== 0 ? [bytesOf(amount.memory)] : []),
  ...(amount.gpu !== 0 ? [`${figureOf(amount.gpu)} GPU`] : []),
].join(', ') || '–'

export interface TreeRow<T> {
  readonly row: T
  readonly depth: number
}

/** Groups below their parents, each pool's tree for itself; a group whose parent is not here stands at the top. */
export function treeOf<T extends { readonly group: string; readonly parent?: string | null; readonly pool: string }>(rows: readonly T[]): readonly TreeRow<T>[] {
  const key = (pool: string, group: string) => `${pool}\n${group}`
  const known = new Set(rows.map((r) => key(r.pool, r.group)))
  const children = new Map<string, T[]>()
  for (const row of rows) {
    const above = row.parent != null && known.has(key(row.pool, row.parent)) ? key(row.pool, row.parent) : ''
    children.set(above, [...(children.get(above) ?? []), row])
  }
  const out: TreeRow<T>[] = []
  const walk = (above: string, depth: number) => {
    for (const row of (children.get(above) ?? []).toSorted((a, b) => a.pool.localeCompare(b.pool) || a.group.localeCompare(b.group))) {
      out.push({ row, depth })
      walk(key(row.pool, row.group), depth + 1)
    }
  }
  walk('', 0)
  return out
}
