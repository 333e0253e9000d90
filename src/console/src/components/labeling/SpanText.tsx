import { useRef, type CSSProperties } from 'react'
import { piecesOf, type Range, type Span } from './spans'
import classes from './Labeling.module.css'

/** A text with the spans over it. What is marked with the mouse is told by its offsets. */
export function SpanText({ text, spans, selected, colourOf, onSelect }: {
  readonly text: string
  readonly spans: readonly Span[]
  readonly selected: Range | null
  readonly colourOf: (label: string) => string
  readonly onSelect: (range: Range) => void
}) {
  const holder = useRef<HTMLParagraphElement>(null)

  function marked() {
    const selection = window.getSelection()
    if (!selection || selection.isCollapsed || selection.rangeCount === 0 || !holder.current) return
    const range = selection.getRangeAt(0)
    if (!holder.current.contains(range.startContainer) || !holder.current.contains(range.endContainer)) return
    const [start, end] = [offsetIn(range.startContainer, range.startOffset), offsetIn(range.endContainer, range.endOffset)]
    if (start === null || end === null || end <= start) return
    const inside = text.slice(start, end)
    const trimmed = { start: start + inside.length - inside.trimStart().length, end: end - (inside.length - inside.trimEnd().length) }
    selection.removeAllRanges()
    if (trimmed.end > trimmed.start) onSelect(trimmed)
  }

  return (
    <p ref={holder} className={classes.text} onMouseUp={marked} data-text="">
      {piecesOf(text, spans, selected).map((p) => (
        <span key={p.start}>
          <span
            data-start={p.start} className={[p.spans.length > 0 ? classes.over : '', p.selected ? classes.chosen : ''].join(' ')}
            style={p.spans.length > 0 ? { '--of': colourOf(p.spans.at(-1)!.label) } as CSSProperties : undefined}
          >
            {p.text}
          </span>
          {p.ends.map((s) => <span key={`${s.start} ${s.label}`} className={classes.tag} style={{ '--of': colourOf(s.label) } as CSSProperties}>{s.label}</span>)}
        </span>
      ))}
    </p>
  )
}

// A place of the page as an offset of the text: the pieces know where they begin, and the labels between them are no text.
function offsetIn(node: Node, offset: number): number | null {
  const element = node instanceof HTMLElement ? node : node.parentElement
  const piece = element?.closest<HTMLElement>('[data-start]')
  if (piece) return Number(piece.dataset.start) + (node === piece ? (offset === 0 ? 0 : (piece.textContent ?? '').length) : offset)
  const next = (node instanceof HTMLElement ? node.childNodes[offset] : node.parentElement?.nextSibling) ?? null
  const after = next instanceof HTMLElement ? (next.matches('[data-start]') ? next : next.querySelector<HTMLElement>('[data-start]')) : null
  if (after) return Number(after.dataset.start)
  const before = element?.querySelectorAll<HTMLElement>('[data-start]')
  const last = before?.[before.length - 1] ?? (element?.previousElementSibling as HTMLElement | null)
  return last?.dataset.start === undefined ? null : Number(last.dataset.start) + (last.textContent ?? '').length
}
