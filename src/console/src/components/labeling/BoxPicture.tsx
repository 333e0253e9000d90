import { useRef, useState, type PointerEvent } from 'react'
import { boxAt, boxBetween, type Box, type Point } from './boxes'
import { Picture } from './Picture'
import type { Picture as Given } from './shown'
import classes from './Labeling.module.css'

/** A picture with boxes over it: drawn by dragging, chosen by a click. */
export function BoxPicture({ picture, name, boxes, chosen, label, colourOf, onDraw, onChoose }: {
  readonly picture: Given
  readonly name: string
  readonly boxes: readonly Box[]
  readonly chosen: number
  /** What a new box is called. */
  readonly label: string
  readonly colourOf: (label: string) => string
  readonly onDraw: (box: Box) => void
  readonly onChoose: (index: number) => void
}) {
  const holder = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<{ readonly from: Point; readonly to: Point } | null>(null)
  const at = (event: PointerEvent): Point => {
    const { left, top, width, height } = holder.current!.getBoundingClientRect()
    return { x: (100 * (event.clientX - left)) / width, y: (100 * (event.clientY - top)) / height }
  }
  const drawn = drag && boxBetween(drag.from, drag.to, label)
  return (
    <div
      ref={holder} className={classes.picture}
      onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); setDrag({ from: at(e), to: at(e) }) }}
      onPointerMove={(e) => setDrag((d) => d && { ...d, to: at(e) })}
      onPointerUp={(e) => {
        const box = drag && boxBetween(drag.from, at(e), label)
        if (box) onDraw(box)
        else onChoose(boxAt(boxes, at(e)))
        setDrag(null)
      }}
      onPointerCancel={() => setDrag(null)}
    >
      <Picture of={picture} name={name} />
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={boxes.map((b) => `${b.label} ${b.x} ${b.y} ${b.width} ${b.height}`).join('; ') || name}>
        {[...boxes, ...(drawn ? [drawn] : [])].map((b, i) => (
          <rect
            key={i} x={b.x} y={b.y} width={b.width} height={b.height} fill={colourOf(b.label)} fillOpacity={i === chosen ? 0.25 : 0.1}
            stroke={colourOf(b.label)} strokeWidth={i === chosen ? 3 : 1.5} strokeDasharray={i === chosen ? '6 3' : undefined} vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
      {boxes.map((b, i) => (
        <span key={i} style={{ position: 'absolute', left: `${b.x}%`, top: `${b.y}%`, background: 'var(--surface)', color: 'var(--ink)', borderLeft: `3px solid ${colourOf(b.label)}`, fontSize: 11, lineHeight: '15px', padding: '0 4px', pointerEvents: 'none' }}>{b.label}</span>
      ))}
    </div>
  )
}
