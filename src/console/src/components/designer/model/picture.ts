import { nodeAt, parse, pathOf, propertiesOf, valueOf, type Json, type JSONPath, type Node } from './json'
import { referencesIn } from './references'

/** What is drawn of a pipeline file. It holds nothing that the text does not say. */
export interface Picture {
  readonly id: string
  readonly activities: readonly Activity[]
  readonly edges: readonly Edge[]
}

export interface Activity {
  readonly name: string
  readonly type: string
  readonly inputs: { readonly [name: string]: Json }
  readonly when: string | null
  readonly forEach: Json | undefined
  readonly join: string | null
  readonly dependsOn: readonly string[]
}

/** data: an output flows into an input. after: it only waits. guard: when or forEach reads it. */
export type EdgeKind = 'data' | 'after' | 'guard'

export interface Edge {
  readonly id: string
  readonly kind: EdgeKind
  readonly from: string
  readonly output: string | null
  readonly to: string
  /** The input it flows into, with the name within it for maps: `tables.clicks`. Of a guard: when or forEach. */
  readonly input: string | null
  /** Where the file says so. */
  readonly path: JSONPath
}

/** The text where it is JSON; null where it is not. */
export function pictureOf(text: string): Picture | null {
  const { root, broken } = parse(text)
  if (broken || root?.type !== 'object') return null
  const activities: Activity[] = []
  const edges = new Map<string, Edge>()
  const nodes = propertiesOf(nodeAt(root, ['activities']))
  const known = new Set(nodes.map((n) => n.name))
  for (const { name, node } of nodes) {
    const text = (key: string): string | null => {
      const value = valueOf(nodeAt(node, [key]))
      return typeof value === 'string' ? value : null
    }
    const inputs = valueOf(nodeAt(node, ['inputs']))
    const dependsOn = (valueOf(nodeAt(node, ['dependsOn'])) ?? []) as Json
    activities.push({
      name, type: text('type') ?? '', when: text('when'), join: text('join'), forEach: valueOf(nodeAt(node, ['forEach'])),
      inputs: inputs !== null && typeof inputs === 'object' && !Array.isArray(inputs) ? (inputs as { [name: string]: Json }) : {},
      dependsOn: Array.isArray(dependsOn) ? dependsOn.filter((d): d is string => typeof d === 'string') : [],
    })
    const add = (edge: Omit<Edge, 'id'>) => {
      const id = `${edge.kind}:${edge.from}.${edge.output ?? ''}>${edge.to}.${edge.input ?? ''}`
      if (known.has(edge.from) && edge.from !== edge.to && !edges.has(id)) edges.set(id, { id, ...edge })
    }
    nodeAt(node, ['dependsOn'])?.children?.forEach((c, i) => {
      if (typeof c.value === 'string') add({ kind: 'after', from: c.value, output: null, to: name, input: null, path: ['activities', name, 'dependsOn', i] })
    })
    for (const key of ['when', 'forEach'] as const)
      for (const leaf of strings(nodeAt(node, [key])))
        for (const r of referencesIn(String(leaf.value))) add({ kind: 'guard', from: r.activity, output: r.output, to: name, input: key, path: pathOf(leaf) })
    for (const leaf of strings(nodeAt(node, ['inputs']))) {
      const path = pathOf(leaf)
      const input = path.slice(3)
      for (const r of referencesIn(String(leaf.value)))
        add({ kind: 'data', from: r.activity, output: r.output, to: name, input: input.slice(0, typeof input[1] === 'string' ? 2 : 1).join('.'), path })
    }
  }
  const id = valueOf(nodeAt(root, ['id']))
  return { id: typeof id === 'string' ? id : '', activities, edges: [...edges.values()] }
}

function* strings(node: Node | undefined): Generator<Node> {
  if (node?.type === 'string') yield node
  else if (node?.type === 'property') yield* strings(node.children?.[1])
  else for (const child of node?.children ?? []) yield* strings(child)
}

/** Whether an activity waits for another already, through others too. */
export function reaches(picture: Picture, from: string, to: string): boolean {
  const next = new Map<string, string[]>()
  for (const e of picture.edges) {
    const known = next.get(e.from)
    if (known) known.push(e.to)
    else next.set(e.from, [e.to])
  }
  const seen = new Set<string>(), todo = [from]
  while (todo.length > 0) {
    const at = todo.pop()!
    if (at === to) return true
    if (!seen.has(at)) {
      seen.add(at)
      todo.push(...(next.get(at) ?? []))
    }
  }
  return false
}
