import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import type { Diagnostic } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { difference } from '../model/json'
import { editor, MarkerSeverity, teachSchema, teachScope, type ScopeAt } from './monaco'

const settings: editor.IStandaloneEditorConstructionOptions = {
  language: 'json', automaticLayout: true, fontSize: 13, minimap: { enabled: false }, scrollBeyondLastLine: false, fixedOverflowWidgets: true, tabSize: 2,
  detectIndentation: true, trimAutoWhitespace: false, quickSuggestions: { strings: true, other: true, comments: false }, padding: { top: 8 }, stickyScroll: { enabled: false },
  accessibilitySupport: 'auto', renderWhitespace: 'selection',
}

/** The very file. */
export default function TextView({ text, onText, problems, schema, scopeAt, reveal }: {
  readonly text: string
  readonly onText: (text: string) => void
  readonly problems: readonly Diagnostic[]
  readonly schema: unknown
  readonly scopeAt: ScopeAt
  /** Where to look; a new object looks again. */
  readonly reveal: { readonly line: number; readonly column: number } | null
}) {
  const t = useText()
  const scheme = useComputedColorScheme('light')
  const place = useRef<HTMLDivElement>(null)
  const made = useRef<editor.IStandaloneCodeEditor>(null)
  const latest = useRef({ text, onText })
  useEffect(() => { latest.current = { text, onText } })
  const label = t('design.textLabel')

  useEffect(() => {
    const one = editor.create(place.current!, { ...settings, value: latest.current.text, ariaLabel: label })
    // As the file has them: what is mixed stays mixed until somebody edits it.
    const model = one.getModel()!
    const heard = model.onDidChangeContent(() => {
      const now = model.getValue()
      if (now !== latest.current.text) latest.current.onText(now)
    })
    made.current = one
    one.focus()
    return () => {
      heard.dispose()
      model.dispose()
      one.dispose()
    }
  }, [label])

  useEffect(() => { editor.setTheme(scheme === 'dark' ? 'mlp-dark' : 'mlp-light') }, [scheme])
  useEffect(() => teachSchema(schema), [schema])
  useEffect(() => teachScope(scopeAt), [scopeAt])

  // What changed elsewhere (undo, say) comes in as the smallest splice, so that the caret stays.
  useEffect(() => {
    const model = made.current?.getModel()
    const shown = model?.getValue()
    if (!model || shown === undefined || shown === text) return
    const { at, remove, insert } = difference(shown, text)
    const [from, to] = [model.getPositionAt(at), model.getPositionAt(at + remove)]
    model.applyEdits([{ range: { startLineNumber: from.lineNumber, startColumn: from.column, endLineNumber: to.lineNumber, endColumn: to.column }, text: insert }])
  }, [text])

  useEffect(() => {
    const model = made.current?.getModel()
    if (!model) return
    editor.setModelMarkers(model, 'mlp', problems.filter((p) => p.line > 0).map((p) => {
      const word = model.getWordAtPosition({ lineNumber: Math.min(p.line, model.getLineCount()), column: p.column })
      return {
        severity: p.severity === 'error' ? MarkerSeverity.Error : MarkerSeverity.Warning, message: p.hint ? `${p.message}\n${p.hint}` : p.message, code: p.code, source: 'mlp',
        startLineNumber: p.line, startColumn: word?.startColumn ?? p.column, endLineNumber: p.line, endColumn: word?.endColumn ?? p.column + 1,
      }
    }))
  }, [problems])

  useEffect(() => {
    if (!reveal || !made.current) return
    made.current.revealPositionInCenter({ lineNumber: reveal.line, column: reveal.column })
    made.current.setPosition({ lineNumber: reveal.line, column: reveal.column })
    made.current.focus()
  }, [reveal])

  return <div ref={place} style={{ flex: 1, minHeight: 0, minWidth: 0, border: '1px solid var(--line)', borderRadius: 6, overflow: 'hidden' }} data-testid="text" />
}
