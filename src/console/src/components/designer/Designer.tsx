import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconArrowBackUp, IconArrowForwardUp, IconDeviceFloppy, IconGitBranch, IconGitCommit, IconHistory, IconPlayerPlay } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useEffect, useMemo, useReducer, useState } from 'react'
import { plan as askPlan, save as askSave, scopeQuery, validationQuery, type Diagnostic, type Given, type GitStatus, type PipelineDocument, type Plan, type ScopePlace } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'
import { Page } from '../shell/Page'
import { parametersOf, RunDialog } from './actions/RunDialog'
import { SaveDialog } from './actions/SaveDialog'
import { Below, type BelowTab } from './Below'
import { arrange } from './canvas/arrange'
import { Canvas } from './canvas/Canvas'
import { columns, heightOf, looksOf, width, type ActivityData } from './canvas/nodes'
import { forget, keep, kept } from './drafts'
import { Inspector } from './form/Inspector'
import { addActivity, copy, paste, removeActivities } from './model/change'
import { begin, step, type History } from './model/history'
import { parse } from './model/json'
import { layoutOf, layoutText, type Layout } from './model/layout'
import { pictureOf } from './model/picture'
import { activityOf } from './model/place'
import type { Catalog } from './model/ports'
import type { Schema } from './model/schema'
import { candidateOf } from './model/scope'
import { Palette } from './Palette'
import { useKeys } from './useKeys'
import classes from './Designer.module.css'

const TextView = lazy(() => import('./text/TextView'))
const VersionsDialog = lazy(() => import('./actions/VersionsDialog').then((m) => ({ default: m.VersionsDialog })))

/** What was opened or saved last. */
interface Base {
  readonly text: string
  readonly layout: Layout
  readonly revision: number
  readonly opened: string | null
}

export interface DesignerProps {
  /** Null for one that is begun here. */
  readonly document: PipelineDocument | null
  readonly first: string
  readonly catalog: Catalog
  readonly schema: Schema
  readonly git: GitStatus
  readonly view: 'picture' | 'text'
  readonly onView: (view: 'picture' | 'text') => void
  readonly onSaved: (id: string) => void
}

/** A pipeline as picture, form and text: three looks at one file. */
export function Designer({ document, first, catalog, schema, git, view, onView, onSaved }: DesignerProps) {
  const t = useText()
  const queries = useQueryClient()
  const [base, setBase] = useState<Base>(() => ({ text: document?.text ?? first, layout: layoutOf(document?.layout), revision: document?.revision ?? 0, opened: document?.git?.opened ?? null }))
  const draftKey = document?.pipeline ?? ''
  const [history, dispatch] = useReducer(step, base, (b): History => {
    const draft = kept(draftKey, b.text)
    const fresh = begin({ text: b.text, layout: b.layout })
    return draft ? step(fresh, { type: 'change', state: { text: draft.text, layout: layoutOf(draft.layout) } }) : fresh
  })
  const [restored, setRestored] = useState(history.past.length > 0)
  const { text, layout } = history.now
  const dirty = text !== base.text || layout !== base.layout
  useEffect(() => { if (dirty) keep(draftKey, { base: base.text, text, layout: layoutText(layout) }); else forget(draftKey) }, [dirty, draftKey, base.text, text, layout])

  const parsed = useMemo(() => pictureOf(text), [text])
  const [last, setLast] = useState(() => parsed ?? { id: '', activities: [], edges: [] })
  if (parsed && parsed !== last) setLast(parsed)
  const picture = parsed ?? last
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [openPorts, setOpenPorts] = useState<ReadonlySet<string>>(new Set())
  const [reveal, setReveal] = useState<{ line: number; column: number } | null>(null)
  const [dialog, setDialog] = useState<'save' | 'run' | 'versions' | null>(null)

  // 1. What is wrong.
  const [settled] = useDebouncedValue(text, 250)
  const validation = useQuery({ ...validationQuery(settled), placeholderData: keepPreviousData })
  const problems = useMemo(() => validation.data?.diagnostics ?? [], [validation.data])
  const errors = problems.filter((p) => p.severity === 'error').length

  // 2. What would run.
  const [given, setGiven] = useState<Given>({})
  const lacking = useMemo(() => parametersOf(text).filter((p) => p.required && given[p.name] === undefined).map((p) => p.name), [text, given])
  const [tab, setTab] = useState<BelowTab>('problems')
  const [planned, setPlanned] = useState<{ text: string; plan: Plan } | null>(null)
  const planning = useMutation({ mutationFn: async () => ({ text, plan: await askPlan(text, given) }), onSuccess: setPlanned })
  const plan = planned?.text === text ? planned.plan : null

  const [chosenEdge, setChosenEdge] = useState<string | null>(null)
  const edge = useMemo(() => picture.edges.find((e) => e.id === chosenEdge && e.output !== null) ?? null, [picture, chosenEdge])
  const onEdge = useCallback((id: string | null) => {
    setChosenEdge(id)
    if (id !== null) setTab('data')
  }, [])

  // 3. What it looks like, and where.
  const looks = useMemo(() => looksOf(picture, catalog, openPorts), [picture, catalog, openPorts])
  const heights = useMemo(() => new Map([...looks].map(([name, look]) => [name, heightOf(look)])), [looks])
  const data = useMemo(() => new Map([...looks].map(([name, look]): [string, ActivityData] => {
    const mine = problems.filter((p) => activityOf(p.path) === name)
    const node = plan?.nodes.find((n) => n.name === name)
    return [name, {
      ...look, errors: mine.filter((p) => p.severity === 'error').length, warnings: mine.filter((p) => p.severity !== 'error').length,
      cache: node ? { verdict: node.cache, note: node.cacheNote } : null, change: null,
    }]
  })), [looks, problems, plan])
  const [auto, setAuto] = useState<Layout>({})
  const [arranged, setArranged] = useState(0)
  const unplaced = picture.activities.length > 0 && picture.activities.every((a) => !layout[a.name] && !auto[a.name])
  useEffect(() => {
    if (!unplaced) return
    let gone = false
    void arrange(picture, heights).then((placed) => { if (!gone) { setAuto(placed); setArranged((n) => n + 1) } })
    return () => { gone = true }
  }, [unplaced, picture, heights])
  const positions = useMemo(() => ({ ...columns(picture, heights), ...auto, ...layout }), [picture, heights, auto, layout])
  const pinned = useCallback((more: Layout): Layout => {
    const names = new Set(picture.activities.map((a) => a.name))
    return { ...Object.fromEntries(Object.entries(positions).filter(([n]) => names.has(n))), ...more }
  }, [picture, positions])

  // 4. What people do.
  const change = useCallback((next: string, mark?: string) => dispatch({ type: 'change', state: { text: next }, ...(mark === undefined ? {} : { mark }) }), [])
  // The same function all along: cards that it would change for are all cards.
  const onOpenPorts = useCallback((name: string) => setOpenPorts((now) => { const next = new Set(now); if (!next.delete(name)) next.add(name); return next }), [])
  const add = (type: string, at?: { x: number; y: number }) => {
    const added = addActivity(text, type)
    dispatch({ type: 'change', state: { text: added.text, layout: pinned({ [added.name]: at ?? beside(positions, [...selected], heights) }) } })
    setSelected(new Set([added.name]))
    if (!at) setArranged((n) => n + 1)
  }
  const pasteText = (clipboard: string): boolean => {
    const pasted = paste(text, clipboard)
    if (!pasted) return false
    const corner = beside(positions, [...pasted.names.keys()].filter((n) => positions[n]), heights)
    const moved = Object.fromEntries([...pasted.names].map(([from, to], i) => [to, positions[from] ? { x: positions[from].x + 48, y: positions[from].y + 64 } : { x: corner.x, y: corner.y + i * 130 }]))
    dispatch({ type: 'change', state: { text: pasted.text, layout: pinned(moved) } })
    setSelected(new Set(pasted.names.values()))
    return true
  }
  const remove = (names: ReadonlySet<string>) => {
    change(removeActivities(text, names))
    setSelected(new Set())
  }
  const tidy = async () => {
    dispatch({ type: 'change', state: { layout: await arrange(picture, heights) } })
    setArranged((n) => n + 1)
  }

  const saving = useMutation({
    mutationFn: (where: { branch: string; message: string } | null) => {
      const names = new Set(picture.activities.map((a) => a.name))
      return askSave({
        text, revision: git.configured ? null : base.revision, opened: base.opened, branch: where?.branch ?? null, message: where?.message || null,
        path: document?.git?.path ?? (git.configured && errors > 0 ? `${git.folder ? `${git.folder}/` : ''}${picture.id || 'pipeline'}.json` : null),
        layout: layout === base.layout ? null : layoutText(Object.fromEntries(Object.entries(layout).filter(([n]) => names.has(n)))),
      })
    },
    onSuccess: (saved) => {
      setDialog(null)
      forget(draftKey)
      setBase({ text, layout, revision: saved.revision ?? 0, opened: saved.commit ?? null })
      void queries.invalidateQueries({ queryKey: ['pipelines'], refetchType: 'none' })
      if (saved.deployed) onSaved(saved.pipeline)
    },
  })
  const mayBeSaved = dirty || document === null
  const blocked = errors > 0 && !git.configured
  const save = () => {
    if (!mayBeSaved || blocked || saving.isPending) return
    if (git.configured) setDialog('save')
    else saving.mutate(null)
  }
  useKeys({
    isPicture: view === 'picture', onUndo: () => dispatch({ type: 'undo' }), onRedo: () => dispatch({ type: 'redo' }), onSave: save,
    onCopy: () => (selected.size > 0 ? copy(text, [...selected]) : null), onPaste: pasteText, onCut: () => remove(selected), onAll: () => setSelected(new Set(picture.activities.map((a) => a.name))),
  })
  const showProblem = (p: Diagnostic) => {
    const name = activityOf(p.path)
    if (view === 'text' || !parsed) {
      onView('text')
      setReveal({ line: p.line, column: p.column })
    } else setSelected(new Set(name !== null && picture.activities.some((a) => a.name === name) ? [name] : []))
  }
  // While a bracket is missing, what was in scope before still is.
  const [readable, setReadable] = useState(text)
  if (parsed && readable !== text) setReadable(text)
  const scopeAt = useCallback(async (whole: string, place: ScopePlace) => (await queries.fetchQuery(scopeQuery(parse(whole).broken ? readable : whole, place))).map(candidateOf), [queries, readable])
  const title = picture.id || t('design.untitled')

  return (
    <Page
      title={title} trail={<Link to="/pipelines">{t('shell.pipelines')}</Link>}
      beside={<>{dirty && <Tooltip label={t('design.unsaved')}><span className={classes.dirty} role="img" aria-label={t('design.unsaved')} /></Tooltip>}
        {document?.git && <span className={classes.quiet} style={{ fontSize: 12, display: 'inline-flex', gap: 4, alignItems: 'center' }} title={document.git.commit.message}><IconGitBranch size={14} aria-hidden="true" />{document.git.branch} · {document.git.path} · {document.git.commit.id.slice(0, 8)}</span>}</>}
      actions={
        <>
          <SegmentedControl aria-label={t('design.view')} value={view} onChange={(v) => onView(v as 'picture' | 'text')} data={[{ value: 'picture', label: t('design.picture') }, { value: 'text', label: t('design.text') }]} />
          <Tooltip label={`${t('design.undo')} (Ctrl Z)`}><ActionIcon variant="subtle" color="gray" c="var(--quiet)" disabled={history.past.length === 0} aria-label={t('design.undo')} onClick={() => dispatch({ type: 'undo' })}><IconArrowBackUp size={17} /></ActionIcon></Tooltip>
          <Tooltip label={`${t('design.redo')} (Ctrl Y)`}><ActionIcon variant="subtle" color="gray" c="var(--quiet)" disabled={history.future.length === 0} aria-label={t('design.redo')} onClick={() => dispatch({ type: 'redo' })}><IconArrowForwardUp size={17} /></ActionIcon></Tooltip>
          {document && <Tooltip label={t('design.versions')}><ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t('design.versions')} onClick={() => setDialog('versions')}><IconHistory size={17} /></ActionIcon></Tooltip>}
          <Button variant="default" leftSection={git.configured ? <IconGitCommit size={15} /> : <IconDeviceFloppy size={15} />} disabled={!mayBeSaved || blocked} loading={saving.isPending} onClick={save} title={blocked ? t('design.blocked') : 'Ctrl S'}>{t(git.configured ? 'design.commitAsk' : 'design.save')}</Button>
          <Button leftSection={<IconPlayerPlay size={15} />} disabled={errors > 0} onClick={() => setDialog('run')} title={errors > 0 ? t('design.blocked') : ''}>{t('design.run')}</Button>
        </>
      }
    >
      <div className={classes.designer}>
        {saving.error && dialog !== 'save' && <ProblemView error={saving.error} />}
        {saving.data && !dirty && !saving.data.deployed && <div className={classes.strip}>{t('design.onBranch', { branch: saving.data.branch ?? '', commit: (saving.data.commit ?? '').slice(0, 8) })}</div>}
        {restored && dirty && (
          <div className={classes.strip}>
            {t('design.restored')}
            <button type="button" className={classes.link} onClick={() => { dispatch({ type: 'open', state: { text: base.text, layout: base.layout } }); setRestored(false) }}>{t('design.discard')}</button>
            <button type="button" className={classes.link} onClick={() => setRestored(false)}>{t('design.keepThem')}</button>
          </div>
        )}
        {document?.git?.problems && <div className={classes.strip} data-warn="">{t('design.brokenInGit', { revision: document.revision ?? 0 })}</div>}
        {!parsed && view === 'picture' && <div className={classes.strip} data-bad="" role="alert">{t('design.notJson')} <button type="button" className={classes.link} onClick={() => onView('text')}>{t('design.text')}</button></div>}
        <div className={classes.body}>
          {view === 'picture' && <Palette catalog={catalog} onAdd={(type) => add(type)} />}
          <div className={classes.middle}>
            {view === 'picture'
              ? (
                  <Canvas
                    picture={picture} catalog={catalog} data={data} positions={positions} selected={selected} text={text} onText={change} onSelect={setSelected} onAdd={add} onTidy={() => void tidy()} arranged={arranged} edge={chosenEdge} onEdge={onEdge}
                    onMove={(moved) => dispatch({ type: 'change', state: { layout: pinned(moved) } })}
                    onOpenPorts={onOpenPorts}
                  >
                    {picture.activities.length === 0 && <div className={classes.start}><strong>{t('design.startTitle')}</strong><span className={classes.quiet}>{t('design.startHow')}</span></div>}
                  </Canvas>
                )
              : <Suspense fallback={<div aria-busy="true" style={{ flex: 1 }} />}><TextView text={text} onText={(next) => change(next, 'typing')} problems={settled === text ? problems : []} schema={schema} scopeAt={scopeAt} reveal={reveal} /></Suspense>}
            <Below pipeline={picture.id} edge={edge} problems={problems} checking={validation.isFetching} plan={plan} planError={planning.error} planning={planning.isPending} tab={tab === 'data' && !edge ? 'problems' : tab} onTab={setTab} lacking={lacking} onGive={() => setDialog('run')} onPlan={() => planning.mutate()} onProblem={showProblem} onActivity={(name) => setSelected(new Set([name]))} />
          </div>
          {view === 'picture' && (
            <Inspector
              text={text} picture={picture} catalog={catalog} schema={schema} problems={problems} selected={selected} onText={change} onSelect={setSelected} onRemove={remove}
              onDuplicate={(names) => pasteText(copy(text, names))}
              onRename={(from, to, next) => {
                // It stays where it stands; where nobody put anything, that is no change of the layout.
                const { [from]: at, ...rest } = layout
                if (at) dispatch({ type: 'change', state: { text: next, layout: { ...rest, [to]: at } } })
                else {
                  setAuto((now) => ({ ...now, [to]: positions[from]! }))
                  change(next)
                }
                setSelected(new Set([to]))
              }}
            />
          )}
        </div>
      </div>
      {dialog === 'save' && <SaveDialog git={git} id={picture.id} error={saving.error} busy={saving.isPending} onSave={(branch, message) => saving.mutate({ branch, message })} onClose={() => { setDialog(null); saving.reset() }} />}
      {dialog === 'run' && <RunDialog text={text} registered={!dirty && document && !document.git?.problems ? document.pipeline : null} given={given} onGiven={setGiven} onPlan={() => { setDialog(null); setTab('plan'); planning.mutate() }} onClose={() => setDialog(null)} />}
      {dialog === 'versions' && document && <Suspense><VersionsDialog id={document.pipeline} catalog={catalog} onClose={() => setDialog(null)} /></Suspense>}
    </Page>
  )
}

/** A free place to the right of what is selected, or of all. */
function beside(positions: Layout, selected: readonly string[], heights: ReadonlyMap<string, number>): { x: number; y: number } {
  const all = Object.entries(positions)
  const from = selected.length > 0 ? all.filter(([n]) => selected.includes(n)) : all
  if (from.length === 0) return { x: 0, y: 0 }
  const x = Math.max(...from.map(([, at]) => at.x)) + width + 64
  let y = Math.min(...from.map(([, at]) => at.y))
  for (let moved = true; moved;) {
    moved = false
    for (const [name, at] of all) {
      if (Math.abs(at.x - x) < width + 20 && y < at.y + (heights.get(name) ?? 100) + 24 && y + 110 > at.y) {
        y = at.y + (heights.get(name) ?? 100) + 36
        moved = true
      }
    }
  }
  return { x, y }
}
