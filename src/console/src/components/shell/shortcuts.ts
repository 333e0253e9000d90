import { useEffect, useRef } from 'react'
import { pageGroups } from './pages'

export interface Shortcuts {
  readonly onFind: () => void
  readonly onGo: (to: string) => void
}

const patience = 1200 // milliseconds between g and the letter

const typesInto = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.closest('[data-takes-keys]') !== null)

/** Ctrl-K (and /) finds; g and a letter go to a page. Keys that are typed into a field are left alone. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts)
  useEffect(() => { latest.current = shortcuts })
  useEffect(() => {
    let g = 0
    const onKeyDown = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        latest.current.onFind()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typesInto(event.target)) return
      if (event.key === '/') {
        event.preventDefault()
        latest.current.onFind()
      } else if (event.key === 'g') {
        g = event.timeStamp
      } else {
        const page = event.timeStamp - g < patience ? pageGroups.find((p) => p.letter === event.key) : undefined
        g = 0
        if (page) {
          event.preventDefault()
          latest.current.onGo(page.to)
        }
      }
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
}

/** While something opens that will take the keys, collects those that come before it does; they are nobody else's then. */
export function useEarlyKeys(opened: boolean, onText: (text: string) => void): void {
  const latest = useRef(onText)
  useEffect(() => { latest.current = onText })
  useEffect(() => {
    if (!opened) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || typesInto(event.target)) return
      event.preventDefault()
      event.stopPropagation()
      latest.current(event.key)
    }
    window.addEventListener('keydown', onKeyDown, { capture: true })
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true })
  }, [opened])
}
