/** A value that people see, and how. */
export interface Shown {
  readonly name: string
  readonly value: unknown
}

export const fieldsOf = (data: unknown): readonly Shown[] =>
  data !== null && typeof data === 'object' ? Object.entries(data).map(([name, value]) => ({ name, value })) : []

export type Picture = { readonly from: 'data'; readonly address: string } | { readonly from: 'artifact'; readonly hash: string; readonly path: string }

/** The picture that a value is: a `data:image/…` text, or the address of a file in an artifact. */
export function pictureOf(value: unknown): Picture | null {
  if (typeof value !== 'string') return null
  if (/^data:image\/[\w.+-]+[;,]/.test(value)) return { from: 'data', address: value }
  const file = /^\/api\/v1\/artifacts\/([\w:%]+)\/files\/(.+)$/.exec(value)
  return file ? { from: 'artifact', hash: decodeURIComponent(file[1]!), path: file[2]!.split('/').map(decodeURIComponent).join('/') } : null
}

/** The text that spans are about: the first one there is. */
export const textIn = (data: unknown): Shown | undefined => fieldsOf(data).find((f) => typeof f.value === 'string')

/** What boxes are about: the first picture there is. */
export const pictureIn = (data: unknown): Shown | undefined => fieldsOf(data).find((f) => pictureOf(f.value) !== null)

/** The two that are weighed against each other: the columns a and b, or else the last two; all others tell what both are about. */
export function sidesOf(data: unknown): { readonly a: Shown | undefined; readonly b: Shown | undefined; readonly about: readonly Shown[] } {
  const fields = fieldsOf(data)
  const named = (name: string) => fields.find((f) => f.name.toLowerCase() === name)
  const [a, b] = named('a') && named('b') ? [named('a'), named('b')] : [fields.at(-2), fields.at(-1)]
  return { a, b, about: fields.filter((f) => f !== a && f !== b) }
}
