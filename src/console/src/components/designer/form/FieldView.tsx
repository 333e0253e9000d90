import { ActionIcon, Button, NumberInput, Select, SegmentedControl, TextInput, Tooltip } from '@mantine/core'
import { IconFunction, IconPlus, IconX } from '@tabler/icons-react'
import { useId, useState, type ReactNode } from 'react'
import type { ScopePlace } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { emptyOf, type Field, type Shape } from '../model/schema'
import type { Json } from '../model/json'
import { hasExpression } from '../model/references'
import { ExpressionInput } from './ExpressionInput'
import { JsonInput } from './JsonInput'
import classes from './Form.module.css'

/** What a field knows of where it is. */
export interface Surroundings {
  /** The place of an expression below the form's root; null where none may stand. */
  readonly place: (path: readonly (string | number)[]) => ScopePlace | null
  /** What is wrong at a place below the form's root. */
  readonly wrong: (path: readonly (string | number)[]) => readonly string[]
}

export interface FieldProps {
  readonly field: Field
  readonly path: readonly (string | number)[]
  readonly value: Json | undefined
  readonly onChange: (path: readonly (string | number)[], value: Json | undefined) => void
  readonly around: Surroundings
}

/** One named value: what it is called, what it is for, its control, and what is wrong with it. */
export function FieldView({ field, path, value, onChange, around }: FieldProps) {
  const t = useText()
  const id = useId()
  const set = (next: Json | undefined) => onChange(path, next)
  const isExpression = typeof value === 'string' && hasExpression(value)
  const place = around.place(path)
  const takesExpression = place !== null && field.shape.kind !== 'text' && field.shape.kind !== 'artifact'
  const problems = around.wrong(path)
  const whole = ['object', 'map', 'list', 'variants'].includes(field.shape.kind)
  return (
    <div className={classes.field} data-path={path.join('.')}>
      {field.name !== '' && <div className={classes.line}>
        <label htmlFor={id} className={classes.title}>{field.name}</label>{field.required && <sup aria-hidden="true">*</sup>}
        <span className={classes.acts}>
          {takesExpression && (
            <Tooltip label={t(isExpression ? 'design.asValue' : 'design.asExpression')}>
              <ActionIcon size="xs" variant={isExpression ? 'light' : 'subtle'} color={isExpression ? 'indigo' : 'gray'} aria-label={`${field.name}: ${t(isExpression ? 'design.asValue' : 'design.asExpression')}`} onClick={() => set(isExpression ? undefined : '${{  }}')}><IconFunction size={13} /></ActionIcon>
            </Tooltip>
          )}
          {value !== undefined && !field.required && (
            <Tooltip label={t('design.clear')}><ActionIcon size="xs" variant="subtle" color="gray" aria-label={`${field.name}: ${t('design.clear')}`} onClick={() => set(undefined)}><IconX size={12} /></ActionIcon></Tooltip>
          )}
        </span>
      </div>}
      {isExpression && place
        ? <ExpressionInput id={id} label={field.name} value={value} onChange={set} place={place} error={problems.length > 0} />
        : <Control id={id} name={field.name} shape={field.shape} path={path} value={value} onChange={onChange} around={around} wrong={problems.length > 0} placeholder={defaultIn(field.description)} />}
      {problems.map((p, i) => <div key={i} className={classes.wrong} role="alert">{p}</div>)}
      {field.description && (!whole || value === undefined) && <div className={classes.about}>{field.description}</div>}
    </div>
  )
}

const defaultIn = (description: string): string => /[Dd]efault:? ([^.;]+(?:\.\d+)?)/.exec(description)?.[1] ?? ''

interface ControlProps extends Omit<FieldProps, 'field'> {
  readonly id: string
  readonly name: string
  readonly shape: Shape
  readonly wrong: boolean
  readonly placeholder: string
}

function Control({ id, name, shape, path, value, onChange, around, wrong, placeholder }: ControlProps): ReactNode {
  const t = useText()
  const set = (next: Json | undefined) => onChange(path, next)
  switch (shape.kind) {
    case 'text': case 'artifact': {
      const place = around.place(path)
      return place
        ? <ExpressionInput id={id} label={name} value={textOf(value)} onChange={(v) => set(v === '' ? undefined : v)} place={place} placeholder={shape.kind === 'artifact' ? t('design.artifactHint') : placeholder} error={wrong} />
        : <TextInput id={id} value={textOf(value)} placeholder={placeholder} error={wrong} onChange={(e) => set(e.currentTarget.value === '' ? undefined : e.currentTarget.value)} />
    }
    case 'number':
      return <NumberInput id={id} value={typeof value === 'number' ? value : textOf(value)} placeholder={placeholder} error={wrong} allowDecimal={!shape.whole} onChange={(v) => set(v === '' ? undefined : typeof v === 'number' ? v : Number(v))} />
    case 'quantity':
      return <TextInput id={id} value={textOf(value)} placeholder={placeholder} error={wrong} onChange={(e) => { const v = e.currentTarget.value; set(v === '' ? undefined : /^\d+(\.\d*[1-9])?$/.test(v) ? Number(v) : v) }} />
    case 'boolean':
      return <SegmentedControl id={id} aria-label={name} value={value === undefined ? '' : String(value)} onChange={(v) => set(v === '' ? undefined : v === 'true')} data={[{ value: '', label: t('design.default') }, { value: 'true', label: t('design.yes') }, { value: 'false', label: t('design.no') }]} />
    case 'choice':
      return <Select id={id} value={typeof value === 'string' ? value : null} placeholder={placeholder} error={wrong} data={[...shape.choices]} clearable searchable={shape.choices.length > 8} onChange={(v) => set(v ?? undefined)} />
    case 'any':
      return <JsonInput id={id} label={name} value={value} onChange={set} wrong={wrong} placeholder={placeholder} />
    case 'object':
      return value === undefined
        ? <AddButton onAdd={() => set(emptyOf(shape))} label={t('design.set')} />
        : <div className={classes.nest}>{shape.fields.map((f) => <FieldView key={f.name} field={f} path={[...path, f.name]} value={memberOf(value, f.name)} onChange={onChange} around={around} />)}</div>
    case 'variants': {
      if (value === undefined) return <AddButton onAdd={() => set(emptyOf(shape))} label={t('design.set')} />
      const chosen = shape.variants.find((v) => v.name === memberOf(value, shape.by))
      return (
        <div className={classes.nest}>
          <Select aria-label={shape.by} value={chosen?.name ?? null} data={shape.variants.map((v) => v.name)} allowDeselect={false} onChange={(v) => {
            const next = shape.variants.find((x) => x.name === v)
            if (next) set({ [shape.by]: next.name, ...Object.fromEntries(next.fields.filter((f) => f.required).map((f) => [f.name, emptyOf(f.shape)])) })
          }} />
          {chosen?.fields.map((f) => <FieldView key={f.name} field={f} path={[...path, f.name]} value={memberOf(value, f.name)} onChange={onChange} around={around} />)}
        </div>
      )
    }
    case 'list': {
      const items: readonly Json[] = Array.isArray(value) ? value : []
      const simple = ['text', 'number', 'choice'].includes(shape.item.kind)
      return (
        <div className={simple ? classes.stack : classes.nest} style={simple ? { gap: 4 } : undefined}>
          {items.map((item, i) => (
            <div key={i} className={classes.item}>
              {simple
                ? <Control id={`${id}-${i}`} name={`${name} ${i + 1}`} shape={shape.item} path={[...path, i]} value={item} onChange={(p, v) => onChange(p, v ?? emptyOf(shape.item))} around={around} wrong={false} placeholder="" />
                : <Folded title={`${i + 1}`} value={item} shape={shape.item} path={[...path, i]} onChange={onChange} around={around} />}
              <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('design.removeItem', { name: `${name} ${i + 1}` })} onClick={() => (items.length === 1 ? set(undefined) : onChange([...path, i], undefined))}><IconX size={13} /></ActionIcon>
            </div>
          ))}
          <AddButton onAdd={() => onChange(value === undefined ? path : [...path, items.length], value === undefined ? [emptyOf(shape.item)] : emptyOf(shape.item))} label={name === '' ? t('design.add') : t('design.addItem', { name })} />
        </div>
      )
    }
    case 'map': {
      const entries = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value as Record<string, Json>) : []
      return (
        <div className={classes.nest}>
          {entries.map(([key, item]) => (shape.item.kind === 'object' || shape.item.kind === 'variants'
            ? (
                <div key={key} className={classes.item}>
                  <Folded title={key} value={item} shape={shape.item} path={[...path, key]} onChange={onChange} around={around} />
                  <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('design.removeItem', { name: key })} onClick={() => onChange([...path, key], undefined)}><IconX size={13} /></ActionIcon>
                </div>
              )
            : <FieldView key={key} field={{ name: key, description: '', required: false, shape: shape.item }} path={[...path, key]} value={item} onChange={onChange} around={around} />))}
          <NewKey taken={entries.map(([k]) => k)} pattern={shape.pattern} onAdd={(key) => onChange([...path, key], emptyOf(shape.item))} name={name} />
        </div>
      )
    }
  }
}

/** One of several: what it says in a line, and its form when it is opened. */
function Folded({ title, value, shape, path, onChange, around }: Omit<FieldProps, 'field'> & { readonly title: string; readonly shape: Shape }) {
  const [opened, setOpened] = useState(() => value !== undefined && JSON.stringify(value).length < 24)
  return (
    <details className={classes.folded} open={opened} onToggle={(e) => setOpened(e.currentTarget.open)}>
      <summary><strong>{title}</strong><code>{opened ? '' : gist(value)}</code></summary>
      {opened && <FieldView field={{ name: '', description: '', required: true, shape }} path={path} value={value} onChange={onChange} around={around} />}
    </details>
  )
}

const gist = (value: Json | undefined): string => (value !== null && typeof value === 'object'
  ? Object.entries(value).map(([k, v]) => (['type', 'name', 'column'].includes(k) ? textOf(v as Json) : `${k} ${textOf(v as Json)}`)).join(' · ') : textOf(value))

const textOf = (value: Json | undefined): string => (value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value))

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, Json>)[name] : undefined

function AddButton({ onAdd, label }: { readonly onAdd: () => void; readonly label: string }) {
  return <Button variant="subtle" size="compact-xs" w="fit-content" leftSection={<IconPlus size={12} />} onClick={onAdd}>{label}</Button>
}

function NewKey({ taken, pattern, onAdd, name }: { readonly taken: readonly string[]; readonly pattern: string | undefined; readonly onAdd: (key: string) => void; readonly name: string }) {
  const t = useText()
  const [key, setKey] = useState('')
  const fine = key !== '' && !taken.includes(key) && (!pattern || new RegExp(pattern, 'u').test(key))
  const label = name === '' ? t('design.name') : t('design.newName', { name })
  const add = () => {
    if (!fine) return
    onAdd(key)
    setKey('')
  }
  return (
    <div className={classes.item}>
      <TextInput aria-label={label} placeholder={label} value={key} error={key !== '' && !fine} onChange={(e) => setKey(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); add() } }} />
      <Button variant="default" disabled={!fine} onClick={add}>{t('design.add')}</Button>
    </div>
  )
}
