import { Code } from '@mantine/core'

/** JSON as it is, indented. */
export function JsonView({ value }: { readonly value: unknown }) {
  return <Code block tabIndex={0} style={{ maxHeight: 320, overflow: 'auto' }}>{JSON.stringify(value, null, 2)}</Code>
}
