import { pictureOf } from './picture'
import { nodeAt, parse, valueOf } from './json'

export type Change = 'added' | 'removed' | 'changed'

/** How the activities of two texts differ, and which sections do. */
export function compare(before: string, after: string): { readonly activities: ReadonlyMap<string, Change>; readonly sections: readonly string[] } {
  const [a, b] = [pictureOf(before), pictureOf(after)]
  const [left, right] = [parse(before).root, parse(after).root]
  const of = (root: typeof left, name: string) => JSON.stringify(valueOf(nodeAt(root, ['activities', name])))
  const activities = new Map<string, Change>()
  const names = new Set([...(a?.activities ?? []), ...(b?.activities ?? [])].map((x) => x.name))
  for (const name of names) {
    const [was, is] = [of(left, name), of(right, name)]
    if (was !== is) activities.set(name, was === undefined ? 'added' : is === undefined ? 'removed' : 'changed')
  }
  const section = (root: typeof left, name: string) => JSON.stringify(valueOf(nodeAt(root, [name])))
  const sections = ['id', 'basic', 'parameters', 'resources', 'schedule', 'alarms', 'advanced', 'outputs'].filter((s) => section(left, s) !== section(right, s))
  return { activities, sections }
}
