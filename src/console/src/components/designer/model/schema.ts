import type { Json } from './json'

/** The parts of JSON Schema that the platform's schema uses. */
export interface Schema {
  readonly $ref?: string
  readonly $defs?: { readonly [name: string]: Schema }
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly properties?: { readonly [name: string]: Schema }
  readonly additionalProperties?: boolean | Schema
  readonly propertyNames?: { readonly pattern?: string }
  readonly required?: readonly string[]
  readonly items?: boolean | Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly Json[]
  readonly const?: Json
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly pattern?: string
}

/** What a form shows for a schema. */
export type Shape =
  | { readonly kind: 'text' | 'boolean' | 'any' | 'artifact' }
  | { readonly kind: 'number'; readonly whole: boolean; readonly minimum: number | undefined; readonly maximum: number | undefined }
  | { readonly kind: 'quantity' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  | { readonly kind: 'map'; readonly item: Shape; readonly pattern: string | undefined }
  | { readonly kind: 'list'; readonly item: Shape }
  /** An object of one of several kinds, told apart by a field. */
  | { readonly kind: 'variants'; readonly by: string; readonly variants: readonly { readonly name: string; readonly fields: readonly Field[] }[] }

export interface Field {
  readonly name: string
  readonly description: string
  readonly required: boolean
  readonly shape: Shape
}

const expression = '#/$defs/expression'

export function resolve(root: Schema, schema: Schema): Schema {
  if (!schema.$ref) return schema
  const found = root.$defs?.[schema.$ref.replace('#/$defs/', '')]
  return found ? { ...resolve(root, found), ...(schema.description ? { description: schema.description } : {}) } : schema
}

const typesOf = (s: Schema): readonly string[] => (typeof s.type === 'string' ? [s.type] : (s.type ?? [])).filter((t) => t !== 'null')

export function shapeOf(root: Schema, given: Schema | boolean | undefined, depth = 0): Shape {
  if (given === undefined || typeof given === 'boolean' || depth > 8) return { kind: 'any' }
  let s = resolve(root, given)
  const choices = s.anyOf?.filter((a) => a.$ref !== expression && a.type !== 'null')
  if (choices?.length === 1) s = { ...resolve(root, choices[0]!), ...(s.description ? { description: s.description } : {}) }
  else if (choices && choices.length > 1) {
    const by = Object.keys(choices[0]!.properties ?? {}).find((p) => choices.every((c) => c.properties?.[p]?.const !== undefined))
    return by
      ? { kind: 'variants', by, variants: choices.map((c) => ({ name: String(c.properties![by]!.const), fields: fieldsOf(root, c, depth).filter((f) => f.name !== by) })) }
      : { kind: 'any' }
  }
  const words = s.enum?.filter((e): e is string => typeof e === 'string')
  if (words && words.length > 0) return { kind: 'choice', choices: words }
  const types = typesOf(s)
  if (types.includes('number') && types.includes('string')) return { kind: 'quantity' }
  switch (types[0]) {
    case 'string': return { kind: 'text' }
    case 'boolean': return { kind: 'boolean' }
    case 'integer':
    case 'number': return { kind: 'number', whole: types[0] === 'integer', minimum: s.minimum ?? s.exclusiveMinimum, maximum: s.maximum ?? s.exclusiveMaximum }
    case 'array': return { kind: 'list', item: shapeOf(root, s.items, depth + 1) }
    case 'object':
      if (s.properties?.$artifact) return { kind: 'artifact' }
      if (s.properties) return { kind: 'object', fields: fieldsOf(root, s, depth) }
      return typeof s.additionalProperties === 'object' ? { kind: 'map', item: shapeOf(root, s.additionalProperties, depth + 1), pattern: s.propertyNames?.pattern } : { kind: 'any' }
    default: return { kind: 'any' }
  }
}

export function fieldsOf(root: Schema, given: Schema, depth = 0): readonly Field[] {
  const s = resolve(root, given)
  return Object.entries(s.properties ?? {}).map(([name, field]) => ({
    name, description: resolve(root, field).description ?? '', required: s.required?.includes(name) ?? false, shape: shapeOf(root, field, depth + 1),
  }))
}

/** Fields of the inputs of an activity type. */
export const inputFields = (root: Schema, type: string): readonly Field[] => {
  const schema = root.$defs?.[`inputs.${type}`]
  return schema ? fieldsOf(root, schema) : []
}

export const sectionNames = ['basic', 'resources', 'schedule', 'alarms', 'advanced'] as const
export type SectionName = (typeof sectionNames)[number]

export function sectionShape(root: Schema, section: SectionName | 'parameters' | 'outputs', ofActivity: boolean): Shape | null {
  const properties = ofActivity ? root.$defs?.activity?.properties : root.properties
  const schema = properties?.[section]
  return schema ? shapeOf(root, schema) : null
}

/** What a new value of a shape begins with. */
export function emptyOf(shape: Shape): Json {
  switch (shape.kind) {
    case 'text': case 'artifact': case 'quantity': case 'any': return ''
    case 'boolean': return true
    case 'number': return shape.minimum ?? 0
    case 'choice': return shape.choices[0] ?? ''
    case 'list': return []
    case 'map': return {}
    case 'object': return Object.fromEntries(shape.fields.filter((f) => f.required).map((f) => [f.name, emptyOf(f.shape)]))
    case 'variants': {
      const first = shape.variants[0]!
      return { [shape.by]: first.name, ...Object.fromEntries(first.fields.filter((f) => f.required).map((f) => [f.name, emptyOf(f.shape)])) }
    }
  }
}
