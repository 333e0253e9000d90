import { ActionIcon, CloseButton, NumberInput, Select, TextInput, Tooltip } from '@mantine/core'
import { IconCopy, IconTrash } from '@tabler/icons-react'
import { useMemo, useState, type ReactNode } from 'react'
import type { Diagnostic } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { renameActivity, setAt } from '../model/change'
import { nodeAt, parse, valueOf, type Json } from '../model/json'
import type { Picture } from '../model/picture'
import { placeOf } from '../model/place'
import type { Catalog } from '../model/ports'
import { inputFields, sectionNames, sectionShape, type Field, type Schema, type SectionName } from '../model/schema'
import { scopePlaceOf } from '../model/scope'
import { ExpressionInput } from './ExpressionInput'
import { FieldView, type Surroundings } from './FieldView'
import { FileContext } from './useScope'
import classes from './Form.module.css'
import panel from '../Designer.module.css'

export interface InspectorProps {
  readonly text: string
  readonly picture: Picture
  readonly catalog: Catalog
  readonly schema: Schema
  readonly problems: readonly Diagnostic[]
  readonly selected: ReadonlySet<string>
  /** @param mark changes with the same mark are one step of the way back. */
  readonly onText: (text: string, mark?: string) => void
  readonly onSelect: (names: ReadonlySet<string>) => void
  readonly onDuplicate: (names: readonly string[]) => void
  readonly onRemove: (names: ReadonlySet<string>) => void
  readonly onRename: (from: string, to: string, text: string) => void
}

/** What is selected, as a form: an activity, several, or the pipeline itself. */
export function Inspector(props: InspectorProps) {
  const t = useText()
  const names = [...props.selected].filter((n) => props.picture.activities.some((a) => a.name === n))
  if (names.length === 1) return <FileContext value={props.text}><ActivityForm key={names[0]} {...props} name={names[0]!} /></FileContext>
  if (names.length > 1)
    return (
      <aside className={panel.inspector} aria-label={t('design.inspector')}>
        <header className={panel.inspectorHead}><strong>{t('design.selected', { n: names.length })}</strong><Acts {...props} names={names} /></header>
        <p className={classes.about}>{names.join(', ')}</p>
      </aside>
    )
  return <FileContext value={props.text}><PipelineForm {...props} /></FileContext>
}

function Acts({ names, onDuplicate, onRemove, onSelect }: Pick<InspectorProps, 'onDuplicate' | 'onRemove' | 'onSelect'> & { readonly names: readonly string[] }) {
  const t = useText()
  return (
    <span className={classes.acts}>
      <Tooltip label={t('design.duplicate')}><ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t('design.duplicate')} onClick={() => onDuplicate(names)}><IconCopy size={15} /></ActionIcon></Tooltip>
      <Tooltip label={t('design.remove')}><ActionIcon variant="subtle" color="gray" c="var(--quiet)" aria-label={t('design.remove')} onClick={() => onRemove(new Set(names))}><IconTrash size={15} /></ActionIcon></Tooltip>
      <CloseButton size="sm" aria-label={t('design.unselect')} onClick={() => onSelect(new Set())} />
    </span>
  )
}

function useForm({ text, problems, onText }: Pick<InspectorProps, 'text' | 'problems' | 'onText'>, base: readonly (string | number)[]) {
  const root = useMemo(() => parse(text).root, [text])
  const around = useMemo<Surroundings>(() => ({
    place: (path) => scopePlaceOf([...base, ...path], true),
    wrong: (path) => {
      const whole = JSON.stringify([...base, ...path])
      return problems.filter((p) => JSON.stringify(placeOf(p.path)) === whole).map((p) => `${p.code} ${p.message}`)
    },
  }), [problems, base])
  const valueAt = (path: readonly (string | number)[]): Json | undefined => valueOf(nodeAt(root, [...base, ...path]))
  const onChange = (path: readonly (string | number)[], value: Json | undefined) => onText(setAt(text, [...base, ...path], value), `form:${[...base, ...path].join('.')}`)
  return { around, valueAt, onChange }
}

function ActivityForm(props: InspectorProps & { readonly name: string }) {
  const t = useText()
  const { text, picture, catalog, schema, name } = props
  const activity = picture.activities.find((a) => a.name === name)!
  const base = useMemo(() => ['activities', name], [name])
  const { around, valueAt, onChange } = useForm(props, base)
  const fields = useMemo(() => inputFields(schema, activity.type), [schema, activity.type])
  const entry = catalog.get(activity.type)
  const others = picture.activities.filter((a) => a.name !== name).map((a) => a.name)
  return (
    <aside className={panel.inspector} aria-label={t('design.inspector')}>
      <header className={panel.inspectorHead}>
        <NameInput name={name} taken={others} onRename={(to) => props.onRename(name, to, renameActivity(text, name, to))} />
        <Acts {...props} names={[name]} />
      </header>
      <div className={classes.stack} style={{ paddingBottom: 10 }}>
        <div className={classes.field}>
          <Select aria-label={t('design.type')} value={activity.type || null} data={[...catalog.keys()]} searchable allowDeselect={false} onChange={(v) => v && onChange(['type'], v)} />
          <div className={classes.about}>{entry?.summary}</div>
          {around.wrong([]).concat(around.wrong(['type'])).map((p, i) => <div key={i} className={classes.wrong}>{p}</div>)}
        </div>
      </div>
      <Section title={t('design.inputs')} open count={Object.keys(activity.inputs).length}>
        <Fields fields={fields} valueOf={(f) => valueAt(['inputs', f])} base={['inputs']} onChange={onChange} around={around} />
        {fields.length === 0 && <div className={classes.about}>{t('design.noInputs')}</div>}
        {around.wrong(['inputs']).map((p, i) => <div key={i} className={classes.wrong}>{p}</div>)}
      </Section>
      <Section title={t('design.flow')} open={activity.when !== null || activity.forEach !== undefined || activity.join !== null} count={[activity.when, activity.forEach, activity.join].filter((x) => x != null).length + activity.dependsOn.length}>
        <Labelled title="when" about={t('design.whenAbout')} wrong={around.wrong(['when'])}>
          <ExpressionInput label="when" value={activity.when ?? ''} place={{ place: 'when', activity: name }} placeholder="${{ … }}" onChange={(v) => onChange(['when'], v === '' ? undefined : v)} />
        </Labelled>
        <Labelled title="forEach" about={t('design.forEachAbout')} wrong={around.wrong(['forEach'])}>
          <ExpressionInput label="forEach" value={typeof activity.forEach === 'string' ? activity.forEach : activity.forEach === undefined ? '' : JSON.stringify(activity.forEach)} place={{ place: 'forEach', activity: name }} placeholder="${{ … }} / [1, 2]" onChange={(v) => onChange(['forEach'], v === '' ? undefined : listOf(v))} />
        </Labelled>
        {activity.forEach !== undefined && (
          <Labelled title="maxParallel" about="" wrong={around.wrong(['maxParallel'])}>
            <NumberInput aria-label="maxParallel" min={1} allowDecimal={false} value={(valueAt(['maxParallel']) as number | undefined) ?? ''} onChange={(v) => onChange(['maxParallel'], v === '' ? undefined : Number(v))} />
          </Labelled>
        )}
        <Labelled title="join" about={t('design.joinAbout')} wrong={around.wrong(['join'])}>
          <Select aria-label="join" value={activity.join} data={['all', 'any', 'allDone']} placeholder="all" clearable onChange={(v) => onChange(['join'], v ?? undefined)} />
        </Labelled>
      </Section>
      {(['resources', 'schedule', 'alarms', 'advanced'] as const).map((section) => <SectionForm key={section} section={section} ofActivity schema={schema} value={valueAt([section])} onChange={onChange} around={around} />)}
    </aside>
  )
}

const listOf = (text: string): Json => {
  try {
    const value = JSON.parse(text) as Json
    return Array.isArray(value) ? value : text
  } catch {
    return text
  }
}

function PipelineForm(props: InspectorProps) {
  const t = useText()
  const { schema } = props
  const base = useMemo<readonly string[]>(() => [], [])
  const { around, valueAt, onChange } = useForm(props, base)
  const outputs: Field = { name: '', description: '', required: true, shape: { kind: 'map', item: { kind: 'text' }, pattern: undefined } }
  const parameters = sectionShape(schema, 'parameters', false)
  return (
    <aside className={panel.inspector} aria-label={t('design.inspector')}>
      <header className={panel.inspectorHead}><strong>{t('design.pipeline')}</strong></header>
      <div className={classes.stack} style={{ paddingBottom: 10 }}>
        <FieldView field={{ name: 'id', description: schema.properties?.id?.description ?? '', required: true, shape: { kind: 'text' } }} path={['id']} value={valueAt(['id'])} onChange={(p, v) => onChange(p, v ?? '')} around={around} />
      </div>
      <SectionForm section="basic" schema={schema} value={valueAt(['basic'])} onChange={onChange} around={around} open />
      <Section title={t('design.parameters')} open count={countOf(valueAt(['parameters']))}>
        {parameters && <FieldView field={{ name: '', description: '', required: true, shape: parameters }} path={['parameters']} value={valueAt(['parameters']) ?? {}} onChange={onChange} around={around} />}
      </Section>
      {(['resources', 'schedule', 'alarms', 'advanced'] as const).map((section) => <SectionForm key={section} section={section} schema={schema} value={valueAt([section])} onChange={onChange} around={around} />)}
      <Section title={t('design.outputs')} count={countOf(valueAt(['outputs']))}>
        <FieldView field={outputs} path={['outputs']} value={valueAt(['outputs']) ?? {}} onChange={onChange} around={around} />
      </Section>
    </aside>
  )
}

const countOf = (value: Json | undefined): number => (value !== null && typeof value === 'object' ? Object.keys(value ?? {}).length : 0)

function SectionForm({ section, ofActivity = false, schema, value, onChange, around, open = false }: {
  readonly section: SectionName
  readonly ofActivity?: boolean
  readonly schema: Schema
  readonly value: Json | undefined
  readonly onChange: (path: readonly (string | number)[], value: Json | undefined) => void
  readonly around: Surroundings
  readonly open?: boolean
}) {
  const t = useText()
  const shape = useMemo(() => sectionShape(schema, section, ofActivity), [schema, section, ofActivity])
  if (!shape || !sectionNames.includes(section)) return null
  const member = (name: string) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, Json>)[name] : undefined)
  return (
    <Section title={t(`design.section.${section}`)} count={countOf(value)} open={open}>
      {shape.kind === 'object'
        ? shape.fields.map((f) => <FieldView key={f.name} field={f} path={[section, f.name]} value={member(f.name)} onChange={onChange} around={around} />)
        : <FieldView field={{ name: '', description: '', required: false, shape }} path={[section]} value={value} onChange={onChange} around={around} />}
    </Section>
  )
}

/** What is given and what must be stands first; the rest waits behind one click. */
function Fields({ fields, valueOf: read, base, onChange, around }: {
  readonly fields: readonly Field[]
  readonly valueOf: (name: string) => Json | undefined
  readonly base: readonly string[]
  readonly onChange: (path: readonly (string | number)[], value: Json | undefined) => void
  readonly around: Surroundings
}) {
  const t = useText()
  const [all, setAll] = useState(false)
  const [first] = useState(() => new Set(fields.filter((f) => f.required || read(f.name) !== undefined).map((f) => f.name)))
  const needed = fields.filter((f) => f.required || first.has(f.name) || read(f.name) !== undefined)
  const shown = all || fields.length <= 4 ? fields : fields.filter((f, i) => needed.includes(f) || (first.size === 0 && i < 4))
  return (
    <>
      {shown.map((f) => <FieldView key={f.name} field={f} path={[...base, f.name]} value={read(f.name)} onChange={onChange} around={around} />)}
      {shown.length < fields.length && <button type="button" className={panel.link} onClick={() => setAll(true)}>{t('design.moreInputs', { n: fields.length - shown.length })}</button>}
    </>
  )
}

function Section({ title, count, open = false, children }: { readonly title: string; readonly count: number; readonly open?: boolean; readonly children: ReactNode }) {
  const [opened, setOpened] = useState(open)
  return (
    <details className={classes.section} open={opened} onToggle={(e) => setOpened(e.currentTarget.open)}>
      <summary>{title}{count > 0 && <span className={classes.count}>{count}</span>}</summary>
      {opened && <div className={classes.stack}>{children}</div>}
    </details>
  )
}

function Labelled({ title, about, wrong, children }: { readonly title: string; readonly about: string; readonly wrong: readonly string[]; readonly children: ReactNode }) {
  return (
    <div className={classes.field}>
      <div className={classes.line}><span className={classes.title}>{title}</span></div>
      {children}
      {wrong.map((p, i) => <div key={i} className={classes.wrong} role="alert">{p}</div>)}
      {about && <div className={classes.about}>{about}</div>}
    </div>
  )
}

function NameInput({ name, taken, onRename }: { readonly name: string; readonly taken: readonly string[]; readonly onRename: (to: string) => void }) {
  const t = useText()
  const [typed, setTyped] = useState(name)
  const fine = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(typed) && !taken.includes(typed)
  const commit = () => {
    if (fine && typed !== name) onRename(typed)
    else setTyped(name)
  }
  return <TextInput flex={1} aria-label={t('design.name')} value={typed} error={!fine} onChange={(e) => setTyped(e.currentTarget.value)} onBlur={commit} onKeyDown={(e) => { if (e.key === 'Enter') commit(); if (e.key === 'Escape') setTyped(name) }} styles={{ input: { fontWeight: 600 } }} />
}
