import { apply, nodeAt, parse, propertiesOf, setAt, setEdit, valueOf, type Edit, type Json, type JSONPath, type Node } from './json'
import { pictureOf, type Edge } from './picture'
import { outputReference, referencesIn, renameIn } from './references'

// Changes of the picture, each as the smallest change of the text.

const taken = (text: string): Set<string> => new Set(pictureOf(text)?.activities.map((a) => a.name))

/** A name that is free: the wanted one, else with a number. */
export function freeName(names: ReadonlySet<string>, wanted: string): string {
  if (!names.has(wanted)) return wanted
  const stem = wanted.replace(/\d+$/, '')
  for (let i = 2; ; i += 1) if (!names.has(`${stem}${i}`)) return `${stem}${i}`
}

/** What an activity of a type is called at first: the last part of the type. */
export const nameFor = (type: string): string => (type.split('.').at(-1) ?? type).replace(/[^A-Za-z0-9_]/g, '') || 'step'

export function addActivity(text: string, type: string, inputs?: { readonly [name: string]: Json }): { readonly text: string; readonly name: string } {
  const name = freeName(taken(text), nameFor(type))
  const declared: Json = inputs && Object.keys(inputs).length > 0 ? { type, inputs } : { type }
  return { text: setAt(text, ['activities', name], declared), name }
}

/** Takes activities out, and what others waited for of them. References to their outputs stay, as problems to be seen. */
export function removeActivities(text: string, names: ReadonlySet<string>): string {
  let result = text
  for (const activity of pictureOf(text)?.activities ?? []) {
    if (names.has(activity.name)) result = setAt(result, ['activities', activity.name], undefined)
    else if (activity.dependsOn.some((d) => names.has(d))) result = setDependencies(result, activity.name, activity.dependsOn.filter((d) => !names.has(d)))
  }
  return result
}

const setDependencies = (text: string, activity: string, dependsOn: readonly string[]): string =>
  setAt(text, ['activities', activity, 'dependsOn'], dependsOn.length > 0 ? dependsOn : undefined)

/** Renames an activity everywhere it is mentioned. */
export function renameActivity(text: string, from: string, to: string): string {
  const { root } = parse(text)
  const edits: Edit[] = []
  const property = propertiesOf(nodeAt(root, ['activities'])).find((p) => p.name === from)
  if (!property) return text
  edits.push({ at: property.key.offset, remove: property.key.length, insert: JSON.stringify(to) })
  const walk = (node: Node | undefined, within: JSONPath) => {
    if (node?.type === 'string') {
      const value = String(node.value)
      const now = within[2] === 'dependsOn' && value === from ? to : referencesIn(value).some((r) => r.activity === from) ? renameIn(value, from, to) : value
      if (now !== value) edits.push({ at: node.offset, remove: node.length, insert: JSON.stringify(now) })
    } else if (node?.type === 'object') for (const p of propertiesOf(node)) walk(p.node, [...within, p.name])
    else node?.children?.forEach((c, i) => walk(c, [...within, i]))
  }
  walk(root, [])
  return apply(text, edits)
}

/** An edge that carries an output: the input refers to it. */
export function connectData(text: string, from: string, output: string, to: string, input: readonly string[]): string {
  const path: JSONPath = ['activities', to, 'inputs', ...input]
  const before = valueOf(nodeAt(parse(text).root, path))
  const reference = outputReference(from, output)
  // A list takes one more; anything else is replaced.
  return Array.isArray(before) ? setAt(text, [...path, before.length], reference) : setAt(text, path, reference)
}

/** An edge that only orders. */
export function connectAfter(text: string, from: string, to: string): string {
  const activity = pictureOf(text)?.activities.find((a) => a.name === to)
  return !activity || activity.dependsOn.includes(from) ? text : setDependencies(text, to, [...activity.dependsOn, from])
}

/** Takes an edge out: its entry in dependsOn, or the value that refers. A guard stays, it is a condition that somebody wrote. */
export function disconnect(text: string, edge: Edge): string {
  if (edge.kind === 'guard') return text
  if (edge.kind === 'after') {
    const activity = pictureOf(text)?.activities.find((a) => a.name === edge.to)
    return activity ? setDependencies(text, edge.to, activity.dependsOn.filter((d) => d !== edge.from)) : text
  }
  const result = setAt(text, edge.path, undefined)
  const inputs = valueOf(nodeAt(parse(result).root, ['activities', edge.to, 'inputs']))
  return inputs !== null && typeof inputs === 'object' && Object.keys(inputs ?? {}).length === 0 ? setAt(result, ['activities', edge.to, 'inputs'], undefined) : result
}

/** Activities as text for the clipboard. */
export function copy(text: string, names: readonly string[]): string {
  const { root } = parse(text)
  const copied: Record<string, Json> = {}
  for (const name of names) {
    const value = valueOf(nodeAt(root, ['activities', name]))
    if (value !== undefined) copied[name] = value
  }
  return JSON.stringify({ activities: copied }, null, 2)
}

/** Puts activities of a clipboard in under free names; what they say of each other they say of the copies. Null where it holds none. */
export function paste(text: string, clipboard: string): { readonly text: string; readonly names: ReadonlyMap<string, string> } | null {
  const { root, broken } = parse(clipboard)
  const activities = propertiesOf(nodeAt(root, ['activities']))
  if (broken || activities.length === 0 || activities.some((a) => a.node.type !== 'object')) return null
  const names = new Map<string, string>()
  const used = taken(text)
  for (const { name } of activities) {
    const free = freeName(used, name)
    used.add(free)
    names.set(name, free)
  }
  const renamed = (value: Json, key: string | number | null): Json => {
    if (typeof value === 'string') {
      if (key === 'dependsOn') return names.get(value) ?? value
      // By way of names that nothing has, so that a and a2 may change places.
      let result = value
      for (const [from] of names) result = renameIn(result, from, `${from}\u0001`)
      for (const [from, to] of names) result = renameIn(result, `${from}\u0001`, to)
      return result
    }
    if (Array.isArray(value)) return value.map((v: Json) => renamed(v, key))
    if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, renamed(v as Json, k)]))
    return value
  }
  let result = text
  for (const { name, node } of activities) result = setAt(result, ['activities', names.get(name)!], renamed(valueOf(node)!, null))
  return { text: result, names }
}

export { setAt, setEdit }
