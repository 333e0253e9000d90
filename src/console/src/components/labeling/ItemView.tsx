import type { Draft, Kind } from './answer'
import type { Box } from './boxes'
import { BoxPicture } from './BoxPicture'
import { Picture } from './Picture'
import { fieldsOf, pictureIn, pictureOf, sidesOf, textIn, type Shown } from './shown'
import type { Range } from './spans'
import { SpanText } from './SpanText'
import classes from './Labeling.module.css'

export interface Marks {
  readonly selected: Range | null
  readonly chosen: number
  /** What a new box is called. */
  readonly label: string
}

/** What a person sees of an item, with what they marked in it. */
export function ItemView({ kind, data, draft, marks, colourOf, onSelect, onDraw, onChoose }: {
  readonly kind: Kind
  readonly data: unknown
  readonly draft: Draft
  readonly marks: Marks
  readonly colourOf: (label: string) => string
  readonly onSelect: (range: Range) => void
  readonly onDraw: (box: Box) => void
  readonly onChoose: (index: number) => void
}) {
  if (kind === 'pairwise') {
    const { a, b, about } = sidesOf(data)
    return (
      <>
        <Fields of={about} />
        <div className={classes.sides}>
          {[{ side: 'a', field: a }, { side: 'b', field: b }].map(({ side, field }) => (
            <section key={side} className={classes.side} aria-label={side.toUpperCase()} data-chosen={draft.prefer === side ? '' : undefined}>
              <div className={classes.name}>{side.toUpperCase()}</div>
              {field && <Value of={field} />}
            </section>
          ))}
        </div>
      </>
    )
  }
  const about = kind === 'span' ? textIn(data) : kind === 'boundingBox' ? pictureIn(data) : undefined
  const picture = about && pictureOf(about.value)
  return (
    <>
      <Fields of={fieldsOf(data).filter((f) => f !== about && f.name !== about?.name)} />
      {about && (
        <div>
          <div className={classes.name}>{about.name}</div>
          {kind === 'span' && <SpanText text={about.value as string} spans={draft.spans} selected={marks.selected} colourOf={colourOf} onSelect={onSelect} />}
          {picture && <BoxPicture picture={picture} name={about.name} boxes={draft.boxes} chosen={marks.chosen} label={marks.label} colourOf={colourOf} onDraw={onDraw} onChoose={onChoose} />}
        </div>
      )}
    </>
  )
}

function Fields({ of }: { readonly of: readonly Shown[] }) {
  return <>{of.map((f) => <div key={f.name}><div className={classes.name}>{f.name}</div><Value of={f} /></div>)}</>
}

function Value({ of }: { readonly of: Shown }) {
  const picture = pictureOf(of.value)
  if (picture) return <div style={{ maxWidth: 640 }} className={classes.picture}><Picture of={picture} name={of.name} /></div>
  return <p className={classes.text}>{of.value === null || of.value === undefined ? <span className="quiet">∅</span> : typeof of.value === 'object' ? JSON.stringify(of.value) : String(of.value)}</p>
}
