import { Alert, Button, Group, Modal, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useBlocker, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { changeCode, codeTextQuery, type CodeFiles } from '@/api/code/code'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import { ProblemView } from '../problem/ProblemView'
import { bytesOf } from '../time/time'
import { changeOf, edited, filesWith, isPath, isText, languageOf, type Edits } from './edits'

const CodeEditor = lazy(() => import('./CodeEditor'))
const marks = { same: '', changed: '●', added: '+', removed: '−' } as const

/** The files of a version, to be changed: what is saved is the next version. */
export function Desk({ name, of, isNewest, newest }: { readonly name: string; readonly of: CodeFiles; readonly isNewest: boolean; readonly newest: number }) {
  const t = useText()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [edits, setEdits] = useState<Edits>(new Map())
  const [path, setPath] = useState(() => of.files.find((f) => f.path.endsWith('.py'))?.path ?? of.files[0]?.path ?? null)
  const [isSaving, setSaving] = useState(false)
  const [isNaming, setNaming] = useState(false)
  const files = useMemo(() => filesWith(of.files.map((f) => f.path), edits), [of, edits])
  const kept = of.files.find((f) => f.path === path)
  const added = path !== null && kept === undefined ? edits.get(path) : undefined
  const text = useQuery({ ...codeTextQuery(of.version, path ?? ''), enabled: kept !== undefined && isText(kept.path, kept.bytes) })
  const set = (changed: string, now: string | null, was: string | undefined) => setEdits((e) => edited(e, changed, now, was))
  useBlocker({ shouldBlockFn: () => edits.size > 0 && !window.confirm(t('scripts.leave')), enableBeforeUnload: () => edits.size > 0 })
  const saved = async () => {
    setEdits(new Map())
    await queries.invalidateQueries({ queryKey: ['code'] })
    await navigate({ to: '.', search: {} as never, replace: true, ignoreBlocker: true })
  }
  const shown = path === null ? undefined : edits.get(path)
  return (
    <div style={{ display: 'grid', gridTemplateColumns: '220px minmax(0, 1fr)', gap: 10, flex: 1, minHeight: 0 }}>
      <nav aria-label={t('scripts.files')} style={{ display: 'flex', flexDirection: 'column', gap: 2, minHeight: 0, overflow: 'auto' }}>
        {files.map((f) => (
          <Button
            key={f.path} variant={f.path === path ? 'light' : 'subtle'} justify="space-between" fullWidth rightSection={<span title={t(`scripts.state.${f.state}`)}>{marks[f.state]}</span>} aria-current={f.path === path}
            color="gray" c="var(--ink)" td={f.state === 'removed' ? 'line-through' : undefined} onClick={() => setPath(f.path)}
          >
            {f.path}
          </Button>
        ))}
        <Group gap={6} mt={8}>
          <Button size="compact-xs" variant="default" onClick={() => setNaming(true)}>{t('scripts.addFile')}</Button>
          {path !== null && (shown === null
            ? <Button size="compact-xs" variant="default" onClick={() => set(path, text.data ?? '', text.data ?? '')}>{t('scripts.keepFile')}</Button>
            : <Button size="compact-xs" variant="default" c="var(--bad)" onClick={() => { set(path, null, kept ? text.data ?? '' : undefined); if (!kept) setPath(of.files[0]?.path ?? null) }}>{t('scripts.removeFile')}</Button>)}
        </Group>
      </nav>
      <div style={{ display: 'flex', flexDirection: 'column', gap: 8, minHeight: 0 }}>
        <div style={{ display: 'flex', gap: 10, alignItems: 'center', fontSize: 13, minHeight: 30 }}>
          <strong className="mono">{path}</strong>{kept && <span className="quiet">{bytesOf(kept.bytes)}</span>}
          <span style={{ marginLeft: 'auto' }} className="quiet">{edits.size > 0 ? t('scripts.unsaved', { n: edits.size }) : t('scripts.nothingChanged')}</span>
          {edits.size > 0 && <Button variant="subtle" onClick={() => setEdits(new Map())}>{t('scripts.discard')}</Button>}
          <Button disabled={edits.size === 0} onClick={() => setSaving(true)}>{t('scripts.save')}</Button>
        </div>
        {!isNewest && edits.size > 0 && <Alert variant="outline" color="yellow" p="xs">{t('scripts.fromOld', { version: of.version.version, newest })}</Alert>}
        <Suspense fallback={<div aria-busy="true" style={{ flex: 1 }} />}>
          {path === null ? null : shown === null
            ? <span className="quiet">{t('scripts.isRemoved')}</span>
            : kept === undefined
              ? <CodeEditor key={path} text={added ?? ''} language={languageOf(path)} label={path} onText={(now) => set(path, now, undefined)} onSave={() => setSaving(true)} />
              : !isText(kept.path, kept.bytes)
                ? <span className="quiet">{t('scripts.noText')}</span>
                : <Loaded query={text}>{(was) => <CodeEditor key={path} text={edits.get(path) ?? was} language={languageOf(path)} label={path} onText={(now) => set(path, now, was)} onSave={() => edits.size > 0 && setSaving(true)} />}</Loaded>}
        </Suspense>
      </div>
      {isSaving && <SaveDialog name={name} edits={edits} based={of.version.version} isNewest={isNewest} newest={newest} onClose={() => setSaving(false)} onSaved={async () => { setSaving(false); await saved() }} />}
      {isNaming && <NameDialog taken={files.map((f) => f.path)} onClose={() => setNaming(false)} onName={(made) => { set(made, '', undefined); setPath(made); setNaming(false) }} />}
    </div>
  )
}

function SaveDialog({ name, edits, based, isNewest, newest, onClose, onSaved }: {
  readonly name: string; readonly edits: Edits; readonly based: number; readonly isNewest: boolean; readonly newest: number; readonly onClose: () => void; readonly onSaved: () => Promise<void>
}) {
  const t = useText()
  const [note, setNote] = useState('')
  const saving = useMutation({ mutationFn: () => changeCode(name, { replace: false, ...changeOf(edits, isNewest ? based : newest, note) }), onSuccess: onSaved })
  return (
    <Modal opened onClose={onClose} title={t('scripts.saveTitle', { n: newest + 1 })} closeButtonProps={{ 'aria-label': t('pages.close') }}>
      <form onSubmit={(e) => { e.preventDefault(); saving.mutate() }} style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
        <span className="quiet" style={{ fontSize: 13 }}>{[...edits].map(([path, text]) => `${text === null ? '−' : '●'} ${path}`).join('   ')}</span>
        <TextInput label={t('scripts.note')} placeholder={t('scripts.notePlaceholder')} value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={500} data-autofocus />
        {saving.error && <ProblemView error={saving.error} />}
        <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('pages.cancel')}</Button><Button type="submit" loading={saving.isPending}>{t('scripts.saveVersion')}</Button></Group>
      </form>
    </Modal>
  )
}

function NameDialog({ taken, onClose, onName }: { readonly taken: readonly string[]; readonly onClose: () => void; readonly onName: (path: string) => void }) {
  const t = useText()
  const [path, setPath] = useState('')
  const wrong = path !== '' && !isPath(path) ? t('scripts.noPath') : taken.includes(path) ? t('scripts.isThere') : null
  return (
    <Modal opened onClose={onClose} title={t('scripts.addFile')} closeButtonProps={{ 'aria-label': t('pages.close') }}>
      <form onSubmit={(e) => { e.preventDefault(); if (wrong === null && path !== '') onName(path) }} style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
        <TextInput label={t('scripts.path')} placeholder="lib/features.py" value={path} onChange={(e) => setPath(e.currentTarget.value.trim())} error={wrong} data-autofocus />
        <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('pages.cancel')}</Button><Button type="submit" disabled={path === '' || wrong !== null}>{t('scripts.addFile')}</Button></Group>
      </form>
    </Modal>
  )
}
