import { Group, Select, Text, TextInput, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { meQuery } from '@/api/access/access'
import { approve, decline, quotasQuery, requestsQuery, withdraw, type ExpansionRequest } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { ProblemView } from '../problem/ProblemView'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'
import { amountOf } from './amount'
import { pendingFirst } from './expansion'

/** Who asked for more, those nobody has decided first; administrators decide here, who asked takes back. */
export function Requests() {
  const t = useText()
  const requests = useQuery(requestsQuery)
  const me = useQuery(meQuery)
  const columns = useMemo<Column<ExpansionRequest>[]>(() => [
    { key: 'group', title: t('resources.group'), width: 'minmax(66px, 1fr)', cell: (r) => r.group },
    { key: 'pool', title: t('resources.pool'), width: 'minmax(95px, 1fr)', cell: (r) => r.pool },
    { key: 'more', title: t('resources.more'), width: 'minmax(82px, 1fr)', cell: (r) => <span className="num">{amountOf(r.more, t)}</span> },
    { key: 'until', title: t('resources.until'), width: '108px', cell: (r) => <When at={r.until} /> },
    { key: 'by', title: t('resources.askedBy'), width: 'minmax(118px, 1fr)', cell: (r) => <span title={r.askedBy}>{r.askedBy}, <When at={r.askedAt} /></span> },
    { key: 'why', title: t('resources.reason'), width: 'minmax(64px, 2fr)', cell: (r) => <span className="quiet" title={r.reason}>{r.reason}</span> },
    { key: 'state', title: t('pages.state'), width: 'minmax(236px, 3fr)', cell: (r) => <What of={r} /> },
    { key: 'act', title: '', width: '264px', end: true, cell: (r) => r.state === 'pending' && <Acts of={r} isAdmin={me.data?.role === 'admin'} isMine={me.data?.name === r.askedBy} /> },
  ], [t, me.data])
  const rows = pendingFirst(requests.data ?? [])
  if (requests.error) return <ProblemView error={requests.error} />
  if (rows.length === 0) return null
  return (
    <>
      <Title order={2} size="h5">{t('resources.requests')}</Title>
      <Table label={t('resources.requests')} columns={columns} rows={rows} keyOf={(r) => r.id} />
      <Title order={2} size="h5">{t('resources.expansions')}</Title>
    </>
  )
}

/** What became of it: who decided and with what word; of a pending one, until when somebody can. */
function What({ of }: { readonly of: ExpansionRequest }) {
  const t = useText()
  const state = t(`resources.request.${of.state}`)
  if (of.state === 'pending') return <span>{state}, {t('resources.expires')} <When at={of.expiresAt} /></span>
  if (of.state === 'expired') return <span>{state}: <When at={of.expiresAt} /></span>
  return <span title={of.word ?? ''}>{state}, {of.decidedBy}{of.word != null && `: ${of.word}`}</span>
}

function Acts({ of, isAdmin, isMine }: { readonly of: ExpansionRequest; readonly isAdmin: boolean; readonly isMine: boolean }) {
  const t = useText()
  const [word, setWord] = useState('')
  const [source, setSource] = useState<string | null>(of.source ?? null)
  const quotas = useQuery(quotasQuery)
  const lenders = (quotas.data?.quotas ?? []).filter((q) => q.nominal != null && q.pool === of.pool && q.group !== of.group).map((q) => q.group)
  const changes = [['quotas']]
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {isAdmin && (
        <ActionButton size="compact-xs" label={t('resources.approve')} changes={changes}
          will={<>
            <Text size="sm" mb="sm">{t('resources.approveWill', { group: of.group, pool: of.pool, more: amountOf(of.more, t) })}</Text>
            <Select label={t('resources.source')} data={lenders} value={source} onChange={setSource} clearable placeholder={t('resources.unassigned')} />
            <TextInput label={t('resources.word', { person: of.askedBy })} value={word} onChange={(e) => setWord(e.currentTarget.value)} />
          </>}
          act={() => approve(of.id, { word, ...(source === null ? {} : { source }) })} />
      )}
      {isAdmin && (
        <ActionButton size="compact-xs" danger label={t('resources.decline')} changes={changes} isReady={word.trim() !== ''}
          will={<>
            <Text size="sm" mb="sm">{t('resources.declineWill', { group: of.group })}</Text>
            <TextInput label={t('resources.whyNot')} value={word} onChange={(e) => setWord(e.currentTarget.value)} required />
          </>}
          act={() => decline(of.id, word)} />
      )}
      {isMine && <ActionButton size="compact-xs" label={t('resources.withdraw')} will={t('resources.withdrawWill')} act={() => withdraw(of.id)} changes={changes} />}
    </Group>
  )
}
