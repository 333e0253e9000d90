import 'monaco-editor/languages/definitions/python/register'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { editor } from '../designer/text/monaco'
import { codeTheme } from './theme'

/** One file under a person's hands. Each file has its own editor, so undo stays within it. */
export default function CodeEditor({ text, language, label, onText, onSave }: {
  readonly text: string
  readonly language: string
  readonly label: string
  readonly onText: (text: string) => void
  readonly onSave: () => void
}) {
  const scheme = useComputedColorScheme('light')
  const place = useRef<HTMLDivElement>(null)
  const latest = useRef({ onText, onSave })
  const first = useRef(text)
  useEffect(() => { latest.current = { onText, onSave } })
  useEffect(() => {
    const one = editor.create(place.current!, {
      value: first.current, language, ariaLabel: label, automaticLayout: true, fontSize: 13, minimap: { enabled: false }, scrollBeyondLastLine: false, fixedOverflowWidgets: true,
      tabSize: 4, padding: { top: 8 }, stickyScroll: { enabled: false }, quickSuggestions: false, accessibilitySupport: 'auto', renderWhitespace: 'selection',
    })
    const model = one.getModel()!
    const heard = model.onDidChangeContent(() => latest.current.onText(model.getValue()))
    const keys = one.onKeyDown((event) => {
      if ((event.ctrlKey || event.metaKey) && event.code === 'KeyS') {
        event.preventDefault()
        latest.current.onSave()
      }
    })
    one.focus()
    return () => {
      keys.dispose()
      heard.dispose()
      model.dispose()
      one.dispose()
    }
  }, [language, label])
  useEffect(() => codeTheme(scheme), [scheme])
  return <div ref={place} data-takes-keys="" style={{ flex: 1, minHeight: 0, minWidth: 0, border: '1px solid var(--line)', borderRadius: 6, overflow: 'hidden' }} />
}
