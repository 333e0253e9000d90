import { Alert, Button, Code, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { auditQuery, createToken, meQuery, revokeToken, secretsQuery, tokensQuery, type Audit, type Role, type Secret, type Token } from '@/api/access/access'
import { systemQuery } from '@/api/system/system'
import { languages, type Language } from '@/i18n/catalogue'
import { useLanguage, useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { Card, Cards, Facts } from '../facts/Facts'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { ProblemView } from '../problem/ProblemView'
import { coresOf } from '../resources/amount'
import { Page } from '../shell/Page'
import { PageTabs } from '../shell/PageTabs'
import { settingTabs } from '../shell/tabs'
import { Table, type Column } from '../table/Table'
import { bytesOf, durationOf } from '../time/time'
import { When } from '../time/When'

const route = getRouteApi('/settings')

/** This server, who may use it, and who changed what. */
export function SettingsPage() {
  const t = useText()
  const { tab = 'server' } = route.useSearch()
  return (
    <Page title={t('shell.settings')}>
      <PageTabs label={t('shell.settings')} chosen={tab} tabs={settingTabs.map((value) => ({ value, label: t(`settings.${value}`) }))} />
      {tab === 'server' && <Server />}
      {tab === 'tokens' && <Tokens />}
      {tab === 'secrets' && <Secrets />}
      {tab === 'audit' && <AuditTrail />}
    </Page>
  )
}

function Server() {
  const { t, language, setLanguage } = useLanguage()
  const system = useQuery(systemQuery)
  const me = useQuery(meQuery)
  return (
    <Cards>
      <Card title={t('settings.server')}>
        <Loaded query={system}>
          {(s) => <Facts of={[
            [t('settings.version'), s.version], [t('settings.home'), <code key="h">{s.home}</code>], [t('settings.store'), s.store], [t('settings.process'), s.process],
            [t('settings.runs'), durationOf(s.seconds)], [t('settings.capacity'), `${coresOf(s.capacity.cores, t)}, ${bytesOf(s.capacity.memoryMiB * 1048576)}`],
            [t('settings.tokensAsked'), t(s.tokensRequired ? 'settings.yes' : 'settings.no')],
          ]} />}
        </Loaded>
      </Card>
      <Card title={t('settings.you')}>
        <Loaded query={me}>{(m) => <Facts of={[[t('pages.name'), m.name], [t('settings.role'), t(`settings.role.${m.role}`)]]} />}</Loaded>
        <Select label={t('shell.language')} w={180} data={(Object.keys(languages) as Language[]).map((l) => ({ value: l, label: languages[l] }))} value={language} onChange={(l) => l && setLanguage(l as Language)} allowDeselect={false} />
        <Text size="sm" c="dimmed">{t('settings.zone', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}</Text>
      </Card>
    </Cards>
  )
}

function Tokens() {
  const t = useText()
  const tokens = useQuery(tokensQuery)
  const [making, setMaking] = useState(false)
  const columns = useMemo<Column<Token>[]>(() => [
    { key: 'name', title: t('pages.name'), width: 'minmax(200px, 1fr)', cell: (x) => x.name },
    { key: 'role', title: t('settings.role'), width: '160px', cell: (x) => t(`settings.role.${x.role}`) },
    { key: 'created', title: t('pages.created'), width: '140px', cell: (x) => <When at={x.createdAt} /> },
    { key: 'revoked', title: t('settings.revoked'), width: '140px', cell: (x) => (x.revokedAt != null ? <When at={x.revokedAt} /> : null) },
    { key: 'act', title: '', width: '120px', end: true, cell: (x) => x.revokedAt == null && <ActionButton danger size="compact-xs" label={t('settings.revoke')} will={t('settings.revokeWill', { name: x.name })} act={() => revokeToken(x.name)} changes={[['tokens']]} /> },
  ], [t])
  return (
    <>
      <Group><Button onClick={() => setMaking(true)}>{t('settings.newToken')}</Button></Group>
      <Loaded query={tokens}>
        {(rows) => rows.length > 0
          ? <Table label={t('settings.tokens')} columns={columns} rows={rows} keyOf={(x) => x.name} />
          : <Empty title={t('settings.noToken')}>{t('settings.noTokenWhy')}</Empty>}
      </Loaded>
      {making && <NewToken onClose={() => setMaking(false)} />}
    </>
  )
}

function NewToken({ onClose }: { readonly onClose: () => void }) {
  const t = useText()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const making = useMutation({ mutationFn: () => createToken(name.trim(), role), onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }) })
  return (
    <Modal opened onClose={onClose} closeButtonProps={{ 'aria-label': t('pages.close') }} title={t('settings.newToken')}>
      {making.data
        ? <Alert variant="outline" color="green" title={t('settings.secretOnce')} styles={{ title: { color: 'var(--good)' } }}><Code block tabIndex={0} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{making.data.token}</Code>
            <CopyButton value={making.data.token}>{({ copied, copy }) => <Button mt="xs" size="compact-sm" variant="default" onClick={copy}>{t(copied ? 'settings.copied' : 'settings.copy')}</Button>}</CopyButton>
          </Alert>
        : (
          <Stack component="form" gap="sm" onSubmit={(e) => { e.preventDefault(); making.mutate() }}>
            <TextInput label={t('pages.name')} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
            <Select label={t('settings.role')} value={role} onChange={(r) => r && setRole(r as Role)} data={(['viewer', 'editor', 'admin'] as const).map((r) => ({ value: r, label: t(`settings.role.${r}`) }))} allowDeselect={false} />
            {making.error && <ProblemView error={making.error} />}
            <Group justify="flex-end"><Button type="submit" loading={making.isPending} disabled={name.trim() === ''}>{t('settings.newToken')}</Button></Group>
          </Stack>
        )}
    </Modal>
  )
}

/** Secrets by name: their values are the server's alone. */
function Secrets() {
  const t = useText()
  const secrets = useQuery(secretsQuery)
  const columns = useMemo<Column<Secret>[]>(() => [
    { key: 'name', title: t('pages.name'), width: 'minmax(180px, 1fr)', cell: (s) => <span className="mono">{s.name}</span> },
    { key: 'set', title: t('settings.isSet'), width: '200px', cell: (s) => (s.isSet ? t('settings.set') : <strong style={{ color: 'var(--bad)' }}>{t('settings.notSet', { name: s.name })}</strong>) },
    { key: 'used', title: t('settings.usedBy'), width: 'minmax(260px, 2fr)', cell: (s) => s.usedBy.map((u, i) => (
      <span key={`${u.pipeline ?? ''} ${u.trigger ?? ''}`}>{i > 0 && ', '}{u.pipeline != null ? <><Link to="/pipelines/$pipeline" params={{ pipeline: u.pipeline }} style={{ textDecoration: 'underline' }}>{u.pipeline}</Link>{u.trigger != null && ` · ${u.trigger}`}</> : t('settings.usedByGit')}</span>
    )) },
  ], [t])
  return (
    <Loaded query={secrets}>
      {(rows) => rows.length > 0
        ? <Table label={t('settings.secrets')} columns={columns} rows={rows} keyOf={(s) => s.name} />
        : <Empty title={t('settings.noSecret')}>{t('settings.noSecretHow')}</Empty>}
    </Loaded>
  )
}

function AuditTrail() {
  const t = useText()
  const audit = useInfiniteQuery(auditQuery)
  const rows = useMemo(() => audit.data?.pages.flatMap((p) => p.items) ?? [], [audit.data])
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = audit
  const onEnd = useCallback(() => { if (hasNextPage && !isFetchingNextPage) void fetchNextPage() }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const columns = useMemo<Column<Audit>[]>(() => [
    { key: 'at', title: t('pages.at'), width: '140px', cell: (a) => <When at={a.at} /> },
    { key: 'by', title: t('pages.by'), width: '180px', cell: (a) => a.by },
    { key: 'action', title: t('settings.action'), width: '180px', cell: (a) => <span className="mono">{a.action}</span> },
    { key: 'subject', title: t('settings.subject'), width: 'minmax(200px, 1fr)', cell: (a) => <span className="mono" title={a.subject}>{a.subject}</span> },
    { key: 'detail', title: t('pages.details'), width: 'minmax(200px, 2fr)', cell: (a) => <span className="mono quiet" title={JSON.stringify(a.detail)}>{a.detail == null ? '' : JSON.stringify(a.detail)}</span> },
  ], [t])
  return (
    <Loaded query={audit}>
      {() => rows.length > 0 ? <Table label={t('settings.audit')} columns={columns} rows={rows} keyOf={(a) => String(a.id)} onEnd={onEnd} /> : <Empty title={t('settings.noAudit')}>{t('settings.noAuditHow')}</Empty>}
    </Loaded>
  )
}
