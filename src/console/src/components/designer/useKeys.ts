import { useEffect, useRef } from 'react'

interface Keys {
  readonly isPicture: boolean
  readonly onUndo: () => void
  readonly onRedo: () => void
  readonly onSave: () => void
  readonly onAll: () => void
  /** What goes into the clipboard, or null. */
  readonly onCopy: () => string | null
  readonly onCut: () => void
  /** Whether it could be used. */
  readonly onPaste: (text: string) => boolean
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select, [role="dialog"], .monaco-editor') !== null)

/** The keys of the designer; where somebody types, only saving. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys)
  useEffect(() => { latest.current = keys })
  useEffect(() => {
    const down = (e: KeyboardEvent) => {
      const { current } = latest
      if (!(e.ctrlKey || e.metaKey) || e.altKey) return
      const key = e.key.toLowerCase()
      const run = (act: () => void) => {
        e.preventDefault()
        act()
      }
      if (key === 's') return run(current.onSave)
      if (isTyping(e.target) || !current.isPicture) return
      if (key === 'z') run(e.shiftKey ? current.onRedo : current.onUndo)
      else if (key === 'y') run(current.onRedo)
      else if (key === 'a') run(current.onAll)
    }
    const clip = (e: ClipboardEvent) => {
      const { current } = latest
      if (!current.isPicture || isTyping(e.target) || (e.type !== 'paste' && String(window.getSelection()) !== '')) return
      if (e.type === 'paste') {
        if (current.onPaste(e.clipboardData?.getData('text/plain') ?? '')) e.preventDefault()
        return
      }
      const copied = current.onCopy()
      if (copied === null) return
      e.clipboardData?.setData('text/plain', copied)
      e.preventDefault()
      if (e.type === 'cut') current.onCut()
    }
    window.addEventListener('keydown', down)
    for (const type of ['copy', 'cut', 'paste'] as const) document.addEventListener(type, clip)
    return () => {
      window.removeEventListener('keydown', down)
      for (const type of ['copy', 'cut', 'paste'] as const) document.removeEventListener(type, clip)
    }
  }, [])
}
