import type { ArtifactRef } from '@/api/artifacts/artifacts'

/** The artifacts that outputs name, each with the way to it: `report`, `tables.train`. */
export function artifactsIn(outputs: unknown, path = ''): readonly { readonly path: string; readonly ref: ArtifactRef }[] {
  if (outputs === null || typeof outputs !== 'object') return []
  if ('$artifact' in outputs) return [{ path, ref: outputs as ArtifactRef }]
  return Object.entries(outputs).flatMap(([name, value]) => artifactsIn(value, path === '' ? name : `${path}.${name}`))
}

/** What outputs hold besides artifacts, as short values by name. */
export function valuesIn(outputs: unknown): readonly (readonly [string, unknown])[] {
  if (outputs === null || typeof outputs !== 'object') return []
  return Object.entries(outputs).filter(([, value]) => artifactsIn(value).length === 0)
}
