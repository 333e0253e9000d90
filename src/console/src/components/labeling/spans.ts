/** A part of a text, by UTF-16 offsets, end excluded. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly label: string
}

export interface Range {
  readonly start: number
  readonly end: number
}

/** The words of a text, in any language; spaces between them belong to none. */
export function wordsOf(text: string, language = 'en'): readonly Range[] {
  const words: Range[] = []
  for (const { segment, index } of new Intl.Segmenter(language, { granularity: 'word' }).segment(text)) {
    if (segment.trim() !== '') words.push({ start: index, end: index + segment.length })
  }
  return words
}

/** The first word that ends after an offset. */
const wordAt = (words: readonly Range[], offset: number): number => {
  const at = words.findIndex((w) => w.end > offset)
  return at < 0 ? words.length - 1 : at
}

/** Moves a selection by words; where it grows, its beginning stays. */
export function moved(words: readonly Range[], selected: Range | null, by: -1 | 1, grow: boolean): Range | null {
  if (words.length === 0) return null
  if (selected === null) return words[by > 0 ? 0 : words.length - 1]!
  if (grow) {
    const last = wordAt(words, selected.end - 1)
    const next = words[Math.min(words.length - 1, Math.max(wordAt(words, selected.start), last + by))]!
    return { start: selected.start, end: Math.max(next.end, selected.start + 1) }
  }
  const from = by > 0 ? wordAt(words, selected.end - 1) : wordAt(words, selected.start)
  return words[Math.min(words.length - 1, Math.max(0, from + by))]!
}

/** Puts a label on a range; the same label on the very same range again takes it off, another one replaces it. */
export function labelled(spans: readonly Span[], { start, end }: Range, label: string): readonly Span[] {
  const others = spans.filter((s) => s.start !== start || s.end !== end)
  const was = spans.find((s) => s.start === start && s.end === end)
  return was?.label === label ? others : sorted([...others, { start, end, label }])
}

/** Takes off whatever touches a range. */
export const cleared = (spans: readonly Span[], { start, end }: Range): readonly Span[] => spans.filter((s) => s.end <= start || s.start >= end)

const sorted = (spans: readonly Span[]): readonly Span[] => spans.toSorted((a, b) => a.start - b.start || a.end - b.end)

export interface Piece extends Range {
  readonly text: string
  /** What lies over it, the first one outermost. */
  readonly spans: readonly Span[]
  readonly selected: boolean
  /** Spans that end here: their labels are written behind. */
  readonly ends: readonly Span[]
}

/** A text cut wherever a span or the selection begins or ends. */
export function piecesOf(text: string, spans: readonly Span[], selected: Range | null): readonly Piece[] {
  const inside = spans.filter((s) => s.start < text.length)
  const cuts = [...new Set([0, text.length, ...[...inside, ...(selected === null ? [] : [selected])].flatMap((s) => [s.start, s.end])])].filter((c) => c <= text.length).sort((a, b) => a - b)
  return cuts.slice(0, -1).map((start, i) => {
    const end = cuts[i + 1]!
    const over = inside.filter((s) => s.start <= start && s.end >= end)
    return {
      start, end, text: text.slice(start, end), spans: over,
      selected: selected !== null && selected.start <= start && selected.end >= end,
      ends: over.filter((s) => Math.min(s.end, text.length) === end),
    }
  })
}
