import { Combobox, Textarea, useCombobox } from '@mantine/core'
import { useMemo, useRef, useState } from 'react'
import type { ScopePlace } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { complete, inExpression, isWhole, put } from '../model/scope'
import { linesOf } from './lines'
import { useScope } from './useScope'
import classes from './Form.module.css'

/** Text that may hold `${{ … }}`, with what is in scope offered where the caret is. */
export function ExpressionInput({ value, onChange, place, label, placeholder, id, error }: {
  readonly value: string
  readonly onChange: (value: string) => void
  /** Where it stands; the server tells what may be read there. */
  readonly place: ScopePlace
  readonly label: string
  readonly placeholder?: string
  readonly id?: string
  readonly error?: boolean
}) {
  const input = useRef<HTMLTextAreaElement>(null)
  const [caret, setCaret] = useState<number | null>(null)
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() })
  const t = useText()
  const scope = useScope(isWhole(value) ? place : { ...place, input: null }, caret !== null && inExpression(value, caret))
  const completion = useMemo(() => (caret === null ? null : complete(value, caret, scope)), [value, caret, scope])
  const look = (at: number | null) => {
    setCaret(at)
    if (at !== null && inExpression(input.current?.value ?? value, at)) combobox.openDropdown()
    else combobox.closeDropdown()
  }
  const take = (text: string) => {
    const candidate = completion?.candidates.find((c) => c.text === text)
    if (!completion || !candidate) return
    const done = put(value, completion, candidate)
    onChange(done.text)
    combobox.closeDropdown()
    requestAnimationFrame(() => {
      input.current?.focus()
      input.current?.setSelectionRange(done.caret, done.caret)
    })
  }
  return (
    <Combobox store={combobox} onOptionSubmit={take} withinPortal position="bottom-start" shadow="md">
      <Combobox.Target withExpandedAttribute>
        <Textarea
          ref={input} id={id} aria-label={label} value={value} rows={linesOf(value || (placeholder ?? ''))} spellCheck={false} placeholder={placeholder} error={error ?? false}
          classNames={{ input: `${classes.grows} ${value.includes('${{') ? classes.mono : ''}` }}
          onChange={(e) => { onChange(e.currentTarget.value); look(e.currentTarget.selectionStart) }}
          onSelect={(e) => { if (document.activeElement === e.currentTarget) look(e.currentTarget.selectionStart) }}
          onBlur={() => look(null)}
        />
      </Combobox.Target>
      <Combobox.Dropdown mah={260} style={{ overflowY: 'auto' }} miw={320} hidden={!completion?.candidates.length}>
        <Combobox.Options>
          {completion?.candidates.map((c) => (
            <Combobox.Option key={c.text} value={c.text} className={classes.option} data-misfit={!c.fits || undefined} title={c.fits ? undefined : t('design.misfit')}><span>{c.text}</span><em>{c.flow === 'value' ? c.type : t(`design.kind.${c.flow}`)}</em></Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}
