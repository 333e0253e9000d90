import { Button, Group, Modal, Stack, Text, type ButtonProps } from '@mantine/core'
import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'

/** A button that changes something: says what it will do first, shows what failed, and has the pages look again. */
export function ActionButton({ label, will, act, changes, danger = false, isReady = true, ...button }: ButtonProps & {
  readonly label: string
  /** What will happen, for people to agree to. */
  readonly will: ReactNode
  readonly act: () => Promise<unknown>
  readonly changes: readonly QueryKey[]
  readonly danger?: boolean
  /** Whether all that it needs was given. Default: true. */
  readonly isReady?: boolean
}) {
  const t = useText()
  const queries = useQueryClient()
  const [asked, setAsked] = useState(false)
  const doing = useMutation({
    mutationFn: act,
    onSuccess: async () => {
      setAsked(false)
      await Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })))
    },
  })
  return (
    <>
      <Button variant="default" {...button} c={danger ? 'var(--bad)' : undefined} onClick={() => { doing.reset(); setAsked(true) }}>{label}</Button>
      <Modal opened={asked} onClose={() => setAsked(false)} closeButtonProps={{ 'aria-label': t('pages.close') }} title={label}>
        <Stack gap="sm">
          <Text size="sm" component="div">{will}</Text>
          {doing.error && <ProblemView error={doing.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsked(false)}>{t('pages.cancel')}</Button>
            <Button color={danger ? 'red' : undefined} loading={doing.isPending} disabled={!isReady} onClick={() => doing.mutate()} data-autofocus>{label}</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
