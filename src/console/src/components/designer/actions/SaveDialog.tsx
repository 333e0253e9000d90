import { Autocomplete, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { GitStatus } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../../problem/ProblemView'

/** Where a commit goes and what it says. */
export function SaveDialog({ git, id, error, busy, onSave, onClose }: {
  readonly git: GitStatus
  readonly id: string
  readonly error: unknown
  readonly busy: boolean
  readonly onSave: (branch: string, message: string) => void
  readonly onClose: () => void
}) {
  const t = useText()
  const watched = git.branch ?? 'main'
  const [branch, setBranch] = useState(watched)
  const [message, setMessage] = useState('')
  return (
    <Modal opened onClose={onClose} closeButtonProps={{ 'aria-label': t('design.close') }} title={t('design.commitTitle')} size="md">
      <Stack gap="sm" component="form" onSubmit={(e) => { e.preventDefault(); onSave(branch, message) }}>
        <Autocomplete size="xs" label={t('design.branch')} value={branch} onChange={setBranch} data={[...new Set([watched, ...(git.branches ?? [])])]} />
        <Text size="xs" c="dimmed">{t(branch === watched ? 'design.deploys' : (git.branches ?? []).includes(branch) ? 'design.reviews' : 'design.begins', { branch: watched })}</Text>
        <Textarea label={t('design.message')} value={message} autosize minRows={2} placeholder={t('design.messageHint', { id })} onChange={(e) => setMessage(e.currentTarget.value)} data-autofocus />
        {error !== null && <ProblemView error={error} />}
        <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('design.cancel')}</Button><Button type="submit" loading={busy}>{t('design.commit')}</Button></Group>
      </Stack>
    </Modal>
  )
}
