import { useCallback, useMemo, useState } from 'react'
import { draftOf, isOnePress, type Draft, type Kind } from './answer'
import { middleBox, shifted, type Box } from './boxes'
import type { Press } from './keys'
import { textIn } from './shown'
import { cleared, labelled, moved, wordsOf, type Range } from './spans'

const step = 1 // percent that a box moves by a key

/** What a person puts together for one item, by keys and by mouse. */
export function useMarks(kind: Kind, labels: readonly string[], data: unknown, given: unknown, language: string) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(given))
  const [selected, setSelected] = useState<Range | null>(null)
  const [chosen, setChosen] = useState(-1)
  const [label, setLabel] = useState(labels[0] ?? '')
  const words = useMemo(() => (kind === 'span' ? wordsOf((textIn(data)?.value as string | undefined) ?? '', language) : []), [kind, data, language])

  /** Puts a label where it belongs; gives the new draft where that is the whole answer. */
  const put = useCallback((index: number): Draft | null => {
    const name = kind === 'pairwise' ? ['a', 'b', 'tie'][index] : labels[index]
    if (name === undefined) return null
    switch (kind) {
      case 'classification':
      case 'pairwise': {
        const next: Draft = kind === 'pairwise' ? { ...draft, prefer: name } : { ...draft, choices: [name] }
        setDraft(next)
        return isOnePress(kind) ? next : null
      }
      case 'multiLabel':
        setDraft((d) => ({ ...d, choices: d.choices.includes(name) ? d.choices.filter((c) => c !== name) : labels.filter((l) => l === name || d.choices.includes(l)) }))
        return null
      case 'span':
        setLabel(name)
        if (selected !== null) setDraft((d) => ({ ...d, spans: labelled(d.spans, selected, name) }))
        return null
      case 'boundingBox':
        setLabel(name)
        if (chosen >= 0) setDraft((d) => ({ ...d, boxes: d.boxes.map((b, i) => (i === chosen ? { ...b, label: name } : b)) }))
        else {
          setChosen(draft.boxes.length)
          setDraft((d) => ({ ...d, boxes: [...d.boxes, middleBox(name)] }))
        }
        return null
    }
  }, [kind, labels, draft, selected, chosen])

  const move = useCallback((press: Extract<Press, { readonly does: 'move' }>) => {
    if (kind === 'span') setSelected((s) => moved(words, s, press.x > 0 || press.y > 0 ? 1 : -1, press.grow))
    else setDraft((d) => ({ ...d, boxes: d.boxes.map((b, i) => (i === chosen ? shifted(b, step * press.x, step * press.y, press.grow) : b)) }))
  }, [kind, words, chosen])

  const remove = useCallback(() => {
    if (kind === 'span' && selected !== null) setDraft((d) => ({ ...d, spans: cleared(d.spans, selected) }))
    if (kind === 'boundingBox') {
      setDraft((d) => ({ ...d, boxes: d.boxes.filter((_, i) => i !== chosen) }))
      setChosen(-1)
    }
  }, [kind, selected, chosen])

  /** The box after the chosen one; after the last, none, so that the next key draws a new one. */
  const next = useCallback(() => setChosen((c) => (c + 1 >= draft.boxes.length ? -1 : c + 1)), [draft])

  const draw = useCallback((box: Box) => {
    setChosen(draft.boxes.length)
    setDraft((d) => ({ ...d, boxes: [...d.boxes, box] }))
  }, [draft])

  return { draft, marks: { selected, chosen, label }, put, move, remove, next, draw, choose: setChosen, select: setSelected }
}
