import { Alert, Button, Select } from '@mantine/core'
import { IconGitCommit } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { codeFilesQuery, codeGitQuery, codeVersionsQuery, rollBackCode, takeCode, type CodeFiles, type CodeGit, type CodeVersion } from '@/api/code/code'
import { useText } from '@/i18n/Language'
import { ActionButton } from '../action/ActionButton'
import { Loaded } from '../problem/Loaded'
import { Page } from '../shell/Page'
import { PageTabs } from '../shell/PageTabs'
import { scriptTabs } from '../shell/tabs'
import { CommitDialog } from './CommitDialog'
import { Desk } from './Desk'
import { DiffTab } from './DiffTab'
import { RunDialog } from './RunDialog'

const route = getRouteApi('/experiments/scripts/$script')

/** A code folder: its files in an editor, its versions, and a run of any of them. */
export function ScriptPage() {
  const t = useText()
  const { script } = route.useParams()
  const { tab = 'files', version } = route.useSearch()
  const versions = useQuery(codeVersionsQuery(script))
  return (
    <Page title={script} trail={<Link to="/experiments" search={{ tab: 'scripts' }}>{t('experiments.scripts')}</Link>}>
      <Loaded query={versions}>
        {(all) => <Version key={version ?? all[0]!.version} name={script} versions={all} chosen={all.find((v) => v.version === version) ?? all[0]!} tab={tab} />}
      </Loaded>
    </Page>
  )
}

function Version({ name, versions, chosen, tab }: { readonly name: string; readonly versions: readonly CodeVersion[]; readonly chosen: CodeVersion; readonly tab: 'files' | 'versions' }) {
  const t = useText()
  const navigate = useNavigate()
  const files = useQuery(codeFilesQuery(name, chosen.version))
  const newest = versions[0]!
  const git = useQuery(codeGitQuery(name, chosen.version))
  const [isCommitting, setCommitting] = useState(false)
  const [said, setSaid] = useState<string | null>(null)
  const [running, setRunning] = useState<CodeFiles | null>(null)
  return (
    <>
      <div style={{ display: 'flex', gap: 10, alignItems: 'center', flexWrap: 'wrap' }}>
        <PageTabs label={name} chosen={tab} tabs={scriptTabs.map((value) => ({ value, label: t(`scripts.${value}`) }))} />
        <Select
          w={260} aria-label={t('scripts.version')} allowDeselect={false} value={String(chosen.version)}
          data={versions.map((v) => ({ value: String(v.version), label: `${t('scripts.versionN', { n: v.version })}${v.note ? ` · ${v.note}` : ''}` }))}
          onChange={(v) => void navigate({ to: '.', search: ((old: object) => ({ ...old, version: Number(v) === newest.version ? undefined : Number(v) })) as never, replace: true })}
        />
        <span className="quiet" style={{ fontSize: 13 }}>{chosen.by}</span>
        {chosen.version !== newest.version && (
          <ActionButton label={t('scripts.rollBack')} will={t('scripts.rollBackWill', { version: chosen.version, next: newest.version + 1 })} act={async () => { await rollBackCode(name, chosen.version, newest.version); await navigate({ to: '.', search: {} as never, replace: true }) }} changes={[['code']]} />
        )}
        {git.data?.configured && <GitPlace of={git.data} />}
        {git.data?.commit != null && (git.data.changes ?? []).length > 0 && chosen.version === newest.version && (
          <ActionButton size="compact-xs" label={t('scripts.take')} will={t('scripts.takeWill', { folder: git.data.folder ?? name, branch: git.data.branch ?? '', version: newest.version, next: newest.version + 1 })} act={() => takeCode(name, newest.version)} changes={[['code']]} />
        )}
        {(git.data?.configured || git.error !== null) && <Button ml="auto" variant="default" leftSection={<IconGitCommit size={15} />} disabled={!git.data} onClick={() => { setSaid(null); setCommitting(true) }} title={git.error === null ? '' : git.error.message}>{t('design.commitAsk')}</Button>}
        <Button ml={git.data?.configured ? undefined : 'auto'} variant="default" disabled={!files.data} onClick={() => setRunning(files.data ?? null)}>{t('scripts.run', { version: chosen.version })}</Button>
      </div>
      {said !== null && <Alert variant="outline" p="xs" withCloseButton closeButtonLabel={t('pages.close')} onClose={() => setSaid(null)}>{said}</Alert>}
      <Loaded query={files}>
        {(found) => (tab === 'files'
          ? <Desk name={name} of={found} isNewest={chosen.version === newest.version} newest={newest.version} />
          : <DiffTab name={name} versions={versions} chosen={chosen} />)}
      </Loaded>
      {isCommitting && <CommitDialog of={chosen} watched={git.data?.branch ?? ''} onClose={() => setCommitting(false)} onDone={(what) => { setCommitting(false); setSaid(what) }} />}
      {running && <RunDialog name={name} of={running} onClose={() => setRunning(null)} />}
    </>
  )
}

/** Where the folder is in the repository, and whether the branch has this very version. */
function GitPlace({ of }: { readonly of: CodeGit }) {
  const t = useText()
  const n = of.changes?.length ?? 0
  return (
    <span className="quiet" style={{ fontSize: 13 }} title={of.commit ? `${of.commit.message} · ${of.commit.author}` : ''}>
      {of.branch}:{of.folder} · {of.commit == null ? t('scripts.gitNone') : n === 0 ? t('scripts.gitSame') : t('scripts.gitDiffers', { n })}
    </span>
  )
}
