import { SegmentedControl } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'

/** Reads the tab of an address; one that the page lacks is left out, and the first shows. */
export const tabSearch = <const T extends string>(tabs: readonly T[]) => (given: Record<string, unknown>): { readonly tab?: T } => {
  const tab = tabs.find((x) => x === given.tab)
  return tab === undefined ? {} : { tab }
}

/** The parts of a page; which one shows lives in the address. */
export function PageTabs<T extends string>({ label, tabs, chosen }: { readonly label: string; readonly tabs: readonly { readonly value: T; readonly label: string }[]; readonly chosen: T }) {
  const navigate = useNavigate()
  return <SegmentedControl aria-label={label} value={chosen} data={[...tabs]} onChange={(tab) => void navigate({ to: '.', search: { tab } as never, replace: true })} style={{ alignSelf: 'flex-start' }} />
}
