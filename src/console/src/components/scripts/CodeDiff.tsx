import 'monaco-editor/languages/definitions/python/register'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { editor } from '../designer/text/monaco'
import { codeTheme } from './theme'

/** Two texts of a file side by side; where there is little room, one below the other. */
export default function CodeDiff({ before, after, language, labels }: { readonly before: string; readonly after: string; readonly language: string; readonly labels: readonly [before: string, after: string] }) {
  const scheme = useComputedColorScheme('light')
  const place = useRef<HTMLDivElement>(null)
  const [originalAriaLabel, modifiedAriaLabel] = labels
  useEffect(() => {
    const [original, modified] = [editor.createModel(before, language), editor.createModel(after, language)]
    const one = editor.createDiffEditor(place.current!, {
      readOnly: true, automaticLayout: true, fontSize: 12, minimap: { enabled: false }, scrollBeyondLastLine: false, renderSideBySide: true, hideUnchangedRegions: { enabled: true },
    })
    one.setModel({ original, modified })
    one.getOriginalEditor().updateOptions({ ariaLabel: originalAriaLabel })
    one.getModifiedEditor().updateOptions({ ariaLabel: modifiedAriaLabel })
    return () => {
      one.dispose()
      original.dispose()
      modified.dispose()
    }
  }, [before, after, language, originalAriaLabel, modifiedAriaLabel])
  useEffect(() => codeTheme(scheme), [scheme])
  return <div ref={place} style={{ height: '42vh', border: '1px solid var(--line)', borderRadius: 6, overflow: 'hidden' }} />
}
