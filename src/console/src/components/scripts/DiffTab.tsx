import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { codeDiffQuery, codeFilesQuery, codeTextQuery, type CodeVersion } from '@/api/code/code'
import { useText } from '@/i18n/Language'
import { Card, Scroll } from '../facts/Facts'
import { Loaded } from '../problem/Loaded'
import { Table, type Column } from '../table/Table'
import { When } from '../time/When'
import { isText, languageOf } from './edits'

const CodeDiff = lazy(() => import('./CodeDiff'))

/** All versions, and how the one that is shown differs from another, file by file. */
export function DiffTab({ name, versions, chosen }: { readonly name: string; readonly versions: readonly CodeVersion[]; readonly chosen: CodeVersion }) {
  const t = useText()
  const older = versions.find((v) => v.version < chosen.version)?.version ?? versions.find((v) => v.version !== chosen.version)?.version
  const [against, setAgainst] = useState<number | undefined>(older)
  const columns = useMemo<Column<CodeVersion>[]>(() => [
    { key: 'version', title: t('scripts.version'), width: '90px', end: true, cell: (v) => v.version },
    { key: 'note', title: t('scripts.note'), width: 'minmax(140px, 2fr)', cell: (v) => v.note },
    { key: 'by', title: t('pages.by'), width: '130px', cell: (v) => v.by },
    { key: 'at', title: t('pages.at'), width: '130px', cell: (v) => <When at={v.createdAt} /> },
  ], [t])
  return (
    <>
      <div style={{ flex: '0 1 190px', minHeight: 110, display: 'flex' }}><Table label={t('scripts.versions')} columns={columns} rows={versions} keyOf={(v) => String(v.version)} isActive={(v) => v.version === chosen.version} onOpen={(v) => setAgainst(v.version)} /></div>
      {against === undefined
        ? <span className="quiet">{t('scripts.oneVersion')}</span>
        : (
          <>
            <div style={{ display: 'flex', gap: 10, alignItems: 'center', fontSize: 13 }}>
              {t('scripts.against', { version: chosen.version })}
              <Select w={200} aria-label={t('scripts.other')} data={versions.filter((v) => v.version !== chosen.version).map((v) => ({ value: String(v.version), label: t('scripts.versionN', { n: v.version }) }))} value={String(against)} onChange={(v) => setAgainst(Number(v))} allowDeselect={false} />
            </div>
            {against !== chosen.version && <Changed name={name} before={versions.find((v) => v.version === against)!} now={chosen} />}
          </>
        )}
    </>
  )
}

function Changed({ name, before, now }: { readonly name: string; readonly before: CodeVersion; readonly now: CodeVersion }) {
  const t = useText()
  const diff = useQuery(codeDiffQuery(name, before.version, now.version))
  return (
    <Loaded query={diff}>
      {({ files }) => files.length === 0
        ? <span className="quiet">{t('scripts.same')}</span>
        : (
          <Scroll label={t('scripts.changes')}>
            {files.map((f) => (
              <Card key={f.path} title={f.path} beside={<span className="quiet">{t(`scripts.state.${f.change as 'added' | 'removed' | 'changed'}`)}</span>}>
                {f.lines == null && f.change === 'changed' ? <span className="quiet">{t('scripts.noText')}</span> : <Sides name={name} path={f.path} before={f.change === 'added' ? null : before} now={f.change === 'removed' ? null : now} />}
              </Card>
            ))}
          </Scroll>
        )}
    </Loaded>
  )
}

function Sides({ name, path, before, now }: { readonly name: string; readonly path: string; readonly before: CodeVersion | null; readonly now: CodeVersion | null }) {
  const t = useText()
  const either = (now ?? before)!
  const files = useQuery(codeFilesQuery(name, either.version))
  const bytes = files.data?.files.find((f) => f.path === path)?.bytes ?? 0
  const [old, young] = [useQuery({ ...codeTextQuery(before ?? either, path), enabled: before !== null && isText(path, bytes) }), useQuery({ ...codeTextQuery(now ?? either, path), enabled: now !== null && isText(path, bytes) })]
  const label = (v: CodeVersion | null) => `${path}: ${v === null ? t('pages.none') : t('scripts.versionN', { n: v.version })}`
  const labels = [label(before), label(now)] as const
  if (!isText(path, bytes)) return <span className="quiet">{t('scripts.noText')}</span>
  const waits = before !== null && old.data === undefined ? old : now !== null && young.data === undefined ? young : null
  if (waits !== null) return <Loaded query={waits} lines={3}>{() => null}</Loaded>
  return <Suspense fallback={<div aria-busy="true" style={{ height: 100 }} />}><CodeDiff before={before === null ? '' : old.data!} after={now === null ? '' : young.data!} language={languageOf(path)} labels={labels} /></Suspense>
}
