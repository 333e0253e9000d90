import type { CSSProperties } from 'react'
import { useText } from '@/i18n/Language'
import type { Key } from '@/i18n/catalogue'
import { isOnePress, type Draft, type Kind } from './answer'
import type { Marks } from './ItemView'
import { keyAt } from './keys'
import classes from './Labeling.module.css'

const helps: Readonly<Record<Kind, readonly (readonly [keys: string, what: Key])[]>> = {
  classification: [],
  multiLabel: [],
  pairwise: [['A D S', 'labeling.key.sides']],
  span: [['A D', 'labeling.key.word'], ['⇧ A D', 'labeling.key.more'], ['C', 'labeling.key.removeSpan']],
  boundingBox: [['W A S D', 'labeling.key.box'], ['⇧ W A S D', 'labeling.key.size'], ['`', 'labeling.key.nextBox'], ['C', 'labeling.key.removeBox']],
}

/** The labels with their keys, and what else a hand can do. */
export function Choices({ kind, labels, draft, marks, colourOf, isBusy, onLabel, onKeep, onSkip }: {
  readonly kind: Kind
  readonly labels: readonly string[]
  readonly draft: Draft
  readonly marks: Marks
  readonly colourOf: (label: string) => string
  readonly isBusy: boolean
  readonly onLabel: (index: number) => void
  readonly onKeep: () => void
  readonly onSkip: () => void
}) {
  const t = useText()
  const names = kind === 'pairwise' ? [t('labeling.preferA'), t('labeling.preferB'), t('labeling.tie')] : labels
  const isChosen = (index: number): boolean => {
    switch (kind) {
      case 'pairwise': return draft.prefer === ['a', 'b', 'tie'][index]
      case 'span': return marks.selected !== null && draft.spans.some((s) => s.start === marks.selected!.start && s.end === marks.selected!.end && s.label === labels[index])
      case 'boundingBox': return (draft.boxes[marks.chosen]?.label ?? marks.label) === labels[index]
      case 'classification':
      case 'multiLabel': return draft.choices.includes(labels[index]!)
    }
  }
  // A click leaves the keys where they are.
  const stay = { onMouseDown: (e: { preventDefault(): void }) => e.preventDefault(), disabled: isBusy, type: 'button' as const }
  const isColoured = kind === 'span' || kind === 'boundingBox'
  return (
    <>
      <div className={classes.labels} role="group" aria-label={t('data.labels')}>
        {names.map((name, i) => (
          <button key={name} {...stay} className={classes.label} aria-pressed={isChosen(i)} onClick={() => onLabel(i)} style={isColoured ? { '--of': colourOf(name) } as CSSProperties : undefined}>
            <kbd className={classes.key}>{keyAt(kind, i) ?? '·'}</kbd><span style={{ overflowWrap: 'anywhere' }}>{name}</span>
          </button>
        ))}
      </div>
      <div className={classes.labels}>
        {!isOnePress(kind) && <button {...stay} className={classes.label} onClick={onKeep}><kbd className={classes.key}>␣</kbd>{t('labeling.keep')}</button>}
        <button {...stay} className={classes.label} onClick={onSkip}><kbd className={classes.key}>X</kbd>{t('labeling.skip')}</button>
      </div>
      <div className={classes.keys}>
        {[...helps[kind], ['Z', 'labeling.undo'] as const].map(([keys, what]) => <span key={what}><kbd className={classes.key}>{keys}</kbd> {t(what)}</span>)}
      </div>
    </>
  )
}
