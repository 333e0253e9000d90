import type { Schemas } from '@/api/client'
import type { Activity, Picture } from './picture'
import { reaches } from './picture'

export type CatalogEntry = Schemas['CatalogEntry']
export type Port = Schemas['ActivityPort']
export type PortKind = Port['kind']
export type Catalog = ReadonlyMap<string, CatalogEntry>

/** Why something cannot be connected: a text's key and its values. */
export interface Refusal {
  readonly key: 'design.refuse.self' | 'design.refuse.cycle' | 'design.refuse.kind' | 'design.refuse.json' | 'design.refuse.unknown'
  readonly values: Readonly<Record<string, string>>
}

const artifacts: ReadonlySet<PortKind> = new Set(['table', 'features', 'model', 'report', 'file'])

/** Why an output does not fit an input; null where it does. */
export function misfit(output: Port, input: Port): Refusal | null {
  const kinds = { output: output.name, input: input.name, from: output.kind, to: input.kind }
  const given = artifacts.has(output.kind), wanted = artifacts.has(input.kind)
  if (wanted !== given && !(input.json === 'any' || output.json === 'any')) return { key: 'design.refuse.kind', values: kinds }
  if (wanted && given) return input.kind === output.kind || input.kind === 'file' || output.kind === 'file' ? null : { key: 'design.refuse.kind', values: kinds }
  if (input.json === 'any' || output.json === 'any' || input.json === output.json || (input.json === 'number' && output.json === 'integer')) return null
  return { key: 'design.refuse.json', values: { output: output.name, input: input.name, from: output.json, to: input.json } }
}

export const outputPort = (catalog: Catalog, activity: Activity | undefined, name: string): Port | null => {
  const entry = activity && catalog.get(activity.type)
  if (!entry) return null
  if (!entry.outputs) return { name, kind: 'value', json: 'any', required: false, many: false, description: null } as Port
  return entry.outputs.find((p) => p.name === name) ?? null
}

export const inputPort = (catalog: Catalog, activity: Activity | undefined, name: string): Port | null =>
  (activity && catalog.get(activity.type)?.inputs.find((p) => p.name === name)) ?? null

/** Why an edge between two activities cannot be; null where it can. Output and input are null for one that only orders. */
export function refusal(picture: Picture, catalog: Catalog, from: string, output: string | null, to: string, input: string | null): Refusal | null {
  if (from === to) return { key: 'design.refuse.self', values: { name: from } }
  if (reaches(picture, to, from)) return { key: 'design.refuse.cycle', values: { from, to } }
  if (output === null || input === null) return null
  const of = (name: string) => picture.activities.find((a) => a.name === name)
  const out = outputPort(catalog, of(from), output), into = inputPort(catalog, of(to), input)
  if (!out || !into) return { key: 'design.refuse.unknown', values: { output: `${from}.${output}`, input: `${to}.${input}` } }
  return misfit(out, into)
}

export const isArtifact = (port: Port): boolean => artifacts.has(port.kind)

/** Ports that a node shows: what is connected, artifacts and what must be given; all where it is opened. */
export function shownPorts(ports: readonly Port[], connected: ReadonlySet<string>, all: boolean): readonly Port[] {
  return ports.filter((p) => all || isArtifact(p) && p.name !== 'lineage' || p.required || connected.has(p.name))
}
