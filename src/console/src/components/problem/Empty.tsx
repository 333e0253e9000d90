import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** Nothing to show yet: says so, and what to do next. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <Stack align="center" gap={6} py={56} px="md">
      <Text fw={600}>{title}</Text>
      {children && <Text component="div" size="sm" c="dimmed" ta="center" maw={560}>{children}</Text>}
    </Stack>
  )
}
