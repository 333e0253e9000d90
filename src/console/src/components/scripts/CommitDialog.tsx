import { Autocomplete, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { codeGitQuery, commitCode, type CodeVersion } from '@/api/code/code'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'

const marks: Readonly<Record<string, string>> = { added: '+', changed: '●', removed: '−' }

/** Commits a version to a branch: shows what the commit would change there first. */
export function CommitDialog({ of, watched, onClose, onDone }: { readonly of: CodeVersion; readonly watched: string; readonly onClose: () => void; readonly onDone: (said: string) => void }) {
  const t = useText()
  const queries = useQueryClient()
  const [branch, setBranch] = useState(watched)
  const [message, setMessage] = useState(of.note ?? '')
  const [settled] = useDebouncedValue(branch.trim(), 400)
  const git = useQuery({ ...codeGitQuery(of.name, of.version, settled), enabled: settled !== '' })
  const committing = useMutation({
    mutationFn: () => commitCode(of.name, of.version, { branch: settled, message, opened: git.data!.opened! }),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['code', of.name, 'git'] })
      onDone(t('scripts.committed', { branch: made.branch, commit: made.commit.slice(0, 8) }))
    },
    onError: () => git.refetch(),
  })
  const branches = git.data?.branches ?? []
  const changes = git.data?.changes ?? []
  const isReady = git.data !== undefined && settled === branch.trim() && changes.length > 0
  return (
    <Modal opened onClose={onClose} closeButtonProps={{ 'aria-label': t('pages.close') }} title={t('scripts.commitTitle', { n: of.version })}>
      <Stack gap="sm" component="form" onSubmit={(e) => { e.preventDefault(); if (isReady) committing.mutate() }}>
        <Text size="xs" c="dimmed">{t('scripts.commitWhat', { folder: git.data?.folder ?? of.name })}</Text>
        <Autocomplete size="xs" label={t('design.branch')} value={branch} onChange={setBranch} data={[...new Set([watched, ...branches])]} />
        {git.data && <Text size="xs" c="dimmed">{t(settled === watched ? 'scripts.commitWatched' : branches.includes(settled) ? 'scripts.commitReviews' : 'scripts.commitBegins', { branch: watched })}</Text>}
        {git.error && <ProblemView error={git.error} />}
        {git.data && changes.length === 0 && <Text size="sm">{t('scripts.commitSame')}</Text>}
        {changes.length > 0 && (
          <ul aria-label={t('scripts.commitChanges')} className="mono" style={{ listStyle: 'none', margin: 0, padding: 0, fontSize: 12, maxHeight: 160, overflow: 'auto' }} tabIndex={0}>
            {changes.map((c) => <li key={c.path} title={t(`scripts.state.${c.change as 'added' | 'changed' | 'removed'}`)}>{marks[c.change]} {c.path}</li>)}
          </ul>
        )}
        <Textarea label={t('design.message')} value={message} autosize minRows={2} placeholder={t('scripts.commitHint', { name: of.name })} onChange={(e) => setMessage(e.currentTarget.value)} data-autofocus />
        {committing.error && <ProblemView error={committing.error} />}
        <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('pages.cancel')}</Button><Button type="submit" loading={committing.isPending} disabled={!isReady}>{t('design.commit')}</Button></Group>
      </Stack>
    </Modal>
  )
}
