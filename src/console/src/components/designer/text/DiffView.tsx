import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { editor } from './monaco'

/** Two texts side by side. */
export default function DiffView({ before, after }: { readonly before: string; readonly after: string }) {
  const scheme = useComputedColorScheme('light')
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => { editor.setTheme(scheme === 'dark' ? 'mlp-dark' : 'mlp-light') }, [scheme])
  useEffect(() => {
    const [original, modified] = [editor.createModel(before, 'json'), editor.createModel(after, 'json')]
    const one = editor.createDiffEditor(place.current!, { readOnly: true, automaticLayout: true, fontSize: 12, minimap: { enabled: false }, scrollBeyondLastLine: false, renderSideBySide: true, hideUnchangedRegions: { enabled: true } })
    one.setModel({ original, modified })
    return () => {
      one.dispose()
      original.dispose()
      modified.dispose()
    }
  }, [before, after])
  return <div ref={place} style={{ height: '50vh', border: '1px solid var(--line)', borderRadius: 6, overflow: 'hidden' }} />
}
