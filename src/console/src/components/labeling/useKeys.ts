import { useEffect, useRef } from 'react'
import type { Kind } from './answer'
import { pressOf, type Press } from './keys'

const inField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.closest('[role="dialog"], [role="listbox"]') !== null)

const takesPress = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.closest('button, a') !== null

/** Keys of the page that labels, before anything else hears them. Fields, dialogs and what a browser does with Ctrl and Alt are left alone. */
export function useKeys(kind: Kind, onPress: (press: Press) => void): void {
  const latest = useRef(onPress)
  useEffect(() => { latest.current = onPress })
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return
      if ((event.key === ' ' || event.key === 'Enter') && takesPress(event.target)) return
      const press = pressOf(kind, event)
      if (press === undefined) return
      event.preventDefault()
      event.stopImmediatePropagation()
      // A key that is held down moves on, but it answers once.
      if (!event.repeat || press.does === 'move') latest.current(press)
    }
    window.addEventListener('keydown', onKeyDown, true)
    return () => window.removeEventListener('keydown', onKeyDown, true)
  }, [kind])
}
