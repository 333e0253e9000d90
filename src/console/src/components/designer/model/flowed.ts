import type { ArtifactRef } from '@/api/artifacts/artifacts'
import { artifactsIn } from '../../runs/facts'

/** What an output gave, as it can be shown. */
export type Flowed =
  | { readonly kind: 'artifact'; readonly artifact: ArtifactRef }
  | { readonly kind: 'artifacts'; readonly artifacts: readonly { readonly path: string; readonly ref: ArtifactRef }[] }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'missing' }

/** The part of an activity's outputs that flows along an edge; of a forEach one for each instance. */
export function flowed(outputs: unknown, output: string): Flowed {
  const value: unknown = Array.isArray(outputs) ? outputs.map((o) => member(o, output)) : member(outputs, output)
  if (value === undefined || (Array.isArray(value) && value.length > 0 && value.every((v) => v === undefined))) return { kind: 'missing' }
  if (typeof value === 'number') return { kind: 'number', value }
  const artifacts = artifactsIn(value)
  if (artifacts.length === 1 && artifacts[0]!.path === '') return { kind: 'artifact', artifact: artifacts[0]!.ref }
  return artifacts.length > 0 ? { kind: 'artifacts', artifacts } : { kind: 'value', value }
}

const member = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
