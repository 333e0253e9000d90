import classes from './StateMark.module.css'
import { useText } from '@/i18n/Language'
import { toneOf, wordOf, type AnyState } from './states'

/** A state as a coloured shape with its word: never by colour alone. */
export function StateMark({ state, bare = false }: { readonly state: AnyState; readonly bare?: boolean }) {
  const t = useText()
  const tone = toneOf(state)
  const word = t(wordOf(state))
  return (
    <span className={classes.mark} data-tone={tone} title={bare ? word : undefined}>
      <span className={classes.dot} aria-hidden="true" />
      {bare ? <span className={classes.hidden}>{word}</span> : word}
    </span>
  )
}
