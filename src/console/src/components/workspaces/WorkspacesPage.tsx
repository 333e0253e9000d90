import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { createWorkspace, openWorkspace, restoreWorkspace, stopWorkspace, workspacesQuery, type Workspace } from '@/api/workspaces/workspaces'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { ProblemView } from '../problem/ProblemView'
import { Page } from '../shell/Page'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'

type State = 'starting' | 'ready' | 'warned' | 'closing' | 'stopped'

const isOpen = (w: Workspace) => w.state === 'ready' || w.state === 'warned'

/** Notebooks on the platform's machines. */
export function WorkspacesPage() {
  const t = useText()
  const workspaces = useQuery(workspacesQuery)
  const [making, setMaking] = useState(false)
  const columns = useMemo<Column<Workspace>[]>(() => [
    { key: 'name', title: t('pages.name'), width: 'minmax(160px, 1.5fr)', cell: (w) => w.name },
    { key: 'owner', title: t('workspaces.owner'), width: 'minmax(110px, 1fr)', cell: (w) => w.owner },
    { key: 'state', title: t('pages.state'), width: 'minmax(120px, 1fr)', cell: (w) => <span title={w.because ?? ''}>{t(`workspaces.state.${w.state as State}`)}{w.because != null && <span className="quiet"> · {w.because}</span>}</span> },
    { key: 'asks', title: t('runs.asksFor'), width: '170px', cell: (w) => <span className="num">{w.asks.cpu} {t(w.asks.cpu === '1' ? 'runs.core' : 'runs.cores')}{w.asks.memory != null && `, ${w.asks.memory}`}{w.asks.gpu != null && `, ${w.asks.gpu} GPU`}</span> },
    { key: 'active', title: t('workspaces.active'), width: '120px', cell: (w) => <When at={w.activeAt} /> },
    { key: 'reclaim', title: t('workspaces.reclaim'), width: '120px', cell: (w) => <When at={w.reclaimAt} /> },
    {
      key: 'act', title: '', width: '240px', end: true, cell: (w) => (
        <>
          {isOpen(w) && <Button size="compact-xs" onClick={() => void openWorkspace(w.id).then(({ address }) => window.open(address, '_blank', 'noopener'))}>{t('workspaces.open')}</Button>}{' '}
          {(isOpen(w) || w.state === 'starting') && <ActionButton size="compact-xs" label={t('workspaces.stop')} will={t('workspaces.stopWill')} act={() => stopWorkspace(w.id)} changes={[['workspaces']]} />}
          {w.state === 'stopped' && <ActionButton size="compact-xs" label={t('workspaces.restore')} will={t('workspaces.restoreWill')} act={() => restoreWorkspace(w.id)} changes={[['workspaces']]} />}
        </>
      ),
    },
  ], [t])
  return (
    <Page title={t('shell.workspaces')} actions={<Button onClick={() => setMaking(true)}>{t('workspaces.new')}</Button>}>
      <Loaded query={workspaces}>
        {(rows) => rows.length > 0
          ? <Table label={t('shell.workspaces')} columns={columns} rows={rows} keyOf={(w) => w.id} />
          : <Empty title={t('workspaces.none')}>{t('workspaces.noneHow')}</Empty>}
      </Loaded>
      {making && <NewWorkspace onClose={() => setMaking(false)} />}
    </Page>
  )
}

function NewWorkspace({ onClose }: { readonly onClose: () => void }) {
  const t = useText()
  const queries = useQueryClient()
  const [ask, setAsk] = useState({ name: '', cpu: '1', memory: '2Gi', gpu: '' })
  const making = useMutation({
    mutationFn: () => createWorkspace({ name: ask.name.trim(), cpu: ask.cpu, memory: ask.memory, ...(ask.gpu === '' ? {} : { gpu: ask.gpu }) }),
    onSuccess: async () => { onClose(); await queries.invalidateQueries({ queryKey: ['workspaces'] }) },
  })
  const field = (name: keyof typeof ask, label: string) => <TextInput label={label} value={ask[name]} onChange={(e) => { const { value } = e.currentTarget; setAsk((a) => ({ ...a, [name]: value })) }} />
  return (
    <Modal opened onClose={onClose} closeButtonProps={{ 'aria-label': t('pages.close') }} title={t('workspaces.new')}>
      <Stack component="form" gap="sm" onSubmit={(e) => { e.preventDefault(); making.mutate() }}>
        {field('name', t('pages.name'))}
        <Group grow>{field('cpu', 'CPU')}{field('memory', t('resources.memory'))}{field('gpu', 'GPU')}</Group>
        {making.error && <ProblemView error={making.error} />}
        <Group justify="flex-end"><Button type="submit" loading={making.isPending} disabled={ask.name.trim() === ''}>{t('workspaces.new')}</Button></Group>
      </Stack>
    </Modal>
  )
}
