import { findNodeAtLocation, getNodePath, parseTree, type JSONPath, type Node, type ParseError } from 'jsonc-parser'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type { JSONPath, Node }

/** One splice of a text. Everything outside of it stays as it is, byte for byte. */
export interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

export interface Parsed {
  readonly root: Node | undefined
  /** Where the text stops being JSON, or null. */
  readonly broken: { readonly offset: number } | null
}

let last: { readonly text: string; readonly parsed: Parsed } | null = null

/** The text as a tree, which nobody changes. Forms ask for the same text again and again: the last answer is kept. */
export function parse(text: string): Parsed {
  if (last?.text === text) return last.parsed
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { disallowComments: true, allowEmptyContent: false })
  const parsed: Parsed = { root, broken: errors.length > 0 ? { offset: errors[0]!.offset } : null }
  last = { text, parsed }
  return parsed
}

export const valueOf = (node: Node | undefined): Json | undefined => {
  switch (node?.type) {
    case undefined: return undefined
    case 'array': return (node.children ?? []).map((c) => valueOf(c) ?? null)
    case 'object': {
      const made: Record<string, Json> = {}
      for (const property of node.children ?? []) {
        const [name, value] = property.children ?? []
        // Defined, not assigned: a file may call something __proto__.
        if (name) Object.defineProperty(made, String(name.value), { value: valueOf(value) ?? null, enumerable: true, configurable: true, writable: true })
      }
      return made
    }
    case 'null': return null
    default: return node?.value as Json
  }
}

export const nodeAt = (root: Node | undefined, path: JSONPath): Node | undefined => root && findNodeAtLocation(root, path)

export const pathOf = (node: Node): JSONPath => getNodePath(node)

export const propertiesOf = (node: Node | undefined): readonly { readonly name: string; readonly node: Node; readonly key: Node }[] =>
  node?.type === 'object'
    ? (node.children ?? []).flatMap((p) => (p.children?.[1] ? [{ name: String(p.children[0]!.value), key: p.children[0]!, node: p.children[1] }] : []))
    : []

export const apply = (text: string, edits: readonly Edit[]): string =>
  [...edits].sort((a, b) => b.at - a.at).reduce((t, e) => t.slice(0, e.at) + e.insert + t.slice(e.at + e.remove), text)

const widest = 110

/** JSON as people write it: on one line where it fits, with spaces inside of braces. */
export function print(value: Json, indent: string, step: string, eol: string, before = 0): string {
  const flat = onLine(value)
  if (flat.length + before + indent.length <= widest || value === null || typeof value !== 'object') return flat
  const deeper = indent + step
  const inner = Array.isArray(value)
    ? value.map((v: Json) => deeper + print(v, deeper, step, eol))
    : Object.entries(value).map(([k, v]) => `${deeper}${JSON.stringify(k)}: ${print(v as Json, deeper, step, eol, k.length + 4)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return inner.length === 0 ? open + close : `${open}${eol}${inner.join(`,${eol}`)}${eol}${indent}${close}`
}

function onLine(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(onLine).join(', ')}]`
  const parts = Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${onLine(v as Json)}`)
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
}

/** How the file is written: its line ends and one step of its indentation. */
export function styleOf(text: string): { readonly eol: string; readonly step: string } {
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n'
  return { eol, step: /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ' }
}

const indentAt = (text: string, offset: number): string => {
  const line = text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(line, offset))![0]
}

/** The edit that makes the value at a path what it shall be; undefined takes it out. Null where nothing changes or there is no such place. */
export function setEdit(text: string, root: Node | undefined, path: JSONPath, value: Json | undefined): Edit | null {
  if (!root || path.length === 0) return null
  const target = nodeAt(root, path)
  if (value === undefined) return target ? removeEdit(target) : null
  const { eol, step } = styleOf(text)
  if (target) {
    if (JSON.stringify(valueOf(target)) === JSON.stringify(value)) return null
    const indent = indentAt(text, target.offset)
    return { at: target.offset, remove: target.length, insert: print(value, indent, step, eol, target.offset - text.lastIndexOf('\n', target.offset - 1) - 1 - indent.length) }
  }
  // The deepest part that is there; what is missing below it comes with the value.
  let depth = path.length - 1
  while (depth > 0 && !nodeAt(root, path.slice(0, depth))) depth -= 1
  const parent = nodeAt(root, path.slice(0, depth))!
  const key = path[depth]!
  const whole = path.slice(depth + 1).reduceRight<Json>((inner, part) => (typeof part === 'number' ? [inner] : { [part]: inner }), value)
  if (parent.type === 'object' && typeof key === 'string') return insertEdit(text, parent, key, whole, step, eol)
  if (parent.type === 'array' && typeof key === 'number') return insertEdit(text, parent, null, whole, step, eol)
  return setEdit(text, root, path.slice(0, depth), path.slice(depth).reduceRight<Json>((inner, part) => (typeof part === 'number' ? [inner] : { [part]: inner }), value))
}

function insertEdit(text: string, parent: Node, key: string | null, value: Json, step: string, eol: string): Edit {
  const name = key === null ? '' : `${JSON.stringify(key)}: `
  const last = parent.children?.at(-1)
  const inside = text.slice(parent.offset, parent.offset + parent.length)
  const isRoot = parent.parent === undefined
  if (last) {
    const at = last.offset + last.length
    if (!inside.includes('\n') && !isRoot) return { at, remove: 0, insert: `, ${name}${print(value, indentAt(text, at), step, eol)}` }
    const indent = indentAt(text, last.offset)
    return { at, remove: 0, insert: `,${eol}${indent}${name}${print(value, indent, step, eol, name.length)}` }
  }
  // Into something empty. What holds other things opens up; the rest stays on its line.
  const indent = indentAt(text, parent.offset)
  const at = parent.offset + 1, remove = parent.length - 2
  const opens = isRoot || (value !== null && typeof value === 'object' && !Array.isArray(value)) || inside.includes('\n')
  return opens
    ? { at, remove, insert: `${eol}${indent + step}${name}${print(value, indent + step, step, eol, name.length)}${eol}${indent}` }
    : { at, remove, insert: key === null ? print(value, indent, step, eol) : ` ${name}${print(value, indent, step, eol, name.length)} ` }
}

function removeEdit(target: Node): Edit | null {
  const item = target.parent?.type === 'property' ? target.parent : target
  const siblings = item.parent?.children
  if (!item.parent || !siblings) return null
  const index = siblings.indexOf(item)
  const before = siblings[index - 1], after = siblings[index + 1]
  if (before) return { at: before.offset + before.length, remove: item.offset + item.length - before.offset - before.length, insert: '' }
  if (after) return { at: item.offset, remove: after.offset - item.offset, insert: '' }
  return { at: item.parent.offset + 1, remove: item.parent.length - 2, insert: '' }
}

/** The text with the value at a path set or taken out. */
export function setAt(text: string, path: JSONPath, value: Json | undefined): string {
  const edit = setEdit(text, parse(text).root, path, value)
  return edit ? apply(text, [edit]) : text
}

/** The smallest splice that turns one text into another. */
export function difference(before: string, after: string): Edit {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start += 1
  let end = 0
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1
  return { at: start, remove: before.length - start - end, insert: after.slice(start, after.length - end) }
}
