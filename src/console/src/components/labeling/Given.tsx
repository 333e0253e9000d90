import { Button } from '@mantine/core'
import type { Annotation } from '@/api/labels/labels'
import { useText } from '@/i18n/Language'
import { When } from '../time/When'
import { shortOf } from './answer'
import classes from './Labeling.module.css'

const shown = 8

/** What a person gave last: it is kept, and the last of it can be taken back. */
export function Given({ given, onUndo }: { readonly given: readonly Annotation[]; readonly onUndo: (() => void) | undefined }) {
  const t = useText()
  const newest = given.filter((a, i) => given.findIndex((b) => b.item === a.item) === i).slice(0, shown)
  if (newest.length === 0) return null
  return (
    <section aria-label={t('labeling.given')}>
      <div style={{ display: 'flex', alignItems: 'center', marginBottom: 4 }}>
        <strong style={{ fontSize: 13 }}>{t('labeling.given')}</strong>
        {onUndo && <Button size="compact-xs" variant="default" ml="auto" onMouseDown={(e) => e.preventDefault()} onClick={onUndo}>{t('labeling.undo')}</Button>}
      </div>
      <ul className={classes.given}>
        {newest.map((a) => (
          <li key={a.item}>
            <span className="num quiet">{a.item}</span>
            <span className="clip">{a.action === 'withdraw' ? <span className="quiet">{t('labeling.takenBack')}</span> : shortOf(a.value) ?? <span className="quiet">{t('labeling.skipped')}</span>}</span>
            <When at={a.at} />
          </li>
        ))}
      </ul>
    </section>
  )
}
