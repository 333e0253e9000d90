import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef, type ReactNode } from 'react'
import type { LabelBatch, LabelItem, NextItem } from '@/api/labels/labels'
import { useLanguage } from '@/i18n/Language'
import { colourAt } from '../experiments/colours'
import { valueOf } from './answer'
import { Choices } from './Choices'
import { ItemView } from './ItemView'
import classes from './Labeling.module.css'
import type { Press } from './keys'
import { useKeys } from './useKeys'
import { useMarks } from './useMarks'

/** One item under a person's hands. It stays until the server holds what they gave. */
export function Working({ batch, next, item, isBusy, onSave, onUndo, given }: {
  readonly batch: LabelBatch
  readonly next: NextItem
  readonly item: LabelItem
  readonly isBusy: boolean
  /** Null skips. */
  readonly onSave: (value: object | null) => void
  readonly onUndo: () => void
  readonly given: ReactNode
}) {
  const { t, language } = useLanguage()
  const scheme = useComputedColorScheme('light')
  const { kind, labels } = batch
  const { draft, marks, put, move, remove, next: nextBox, draw, choose, select } = useMarks(kind, labels, item.data, next.given, language)
  const shown = useRef<HTMLElement>(null)
  useEffect(() => shown.current?.focus({ preventScroll: true }), [])

  function keep() {
    const value = valueOf(kind, draft)
    if (value !== null) onSave(value)
  }

  function label(index: number) {
    const whole = put(index)
    const value = whole && valueOf(kind, whole)
    if (value) onSave(value)
  }

  function press(press: Press) {
    if (isBusy) return
    switch (press.does) {
      case 'label': return label(press.index)
      case 'move': return move(press)
      case 'keep': return keep()
      case 'skip': return onSave(null)
      case 'undo': return onUndo()
      case 'remove': return remove()
      case 'next': return nextBox()
      case 'nothing': return
    }
  }
  useKeys(kind, press)

  const colourOf = (name: string) => colourAt(scheme, Math.max(0, labels.indexOf(name)))
  return (
    <>
      <section className={classes.item} ref={shown} tabIndex={0} aria-label={t('labeling.item', { item: item.item, key: item.key })} data-busy={isBusy ? '' : undefined}>
        <div className={classes.name}>{t('labeling.item', { item: item.item, key: item.key })}</div>
        <ItemView kind={kind} data={item.data} draft={draft} marks={marks} colourOf={colourOf} onSelect={select} onDraw={draw} onChoose={choose} />
      </section>
      <aside className={classes.aside}>
        {batch.instructions != null && <p style={{ margin: 0, fontSize: 14, fontWeight: 550 }}>{batch.instructions}</p>}
        <Choices kind={kind} labels={labels} draft={draft} marks={marks} colourOf={colourOf} isBusy={isBusy} onLabel={label} onKeep={keep} onSkip={() => onSave(null)} />
        {given}
      </aside>
    </>
  )
}
