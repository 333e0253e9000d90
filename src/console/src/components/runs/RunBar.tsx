import type { Schemas } from '@/api/client'
import { useText } from '@/i18n/Language'
import classes from './RunBar.module.css'

/** How the activities of a run stand. */
export function RunBar({ counts }: { readonly counts: Schemas['RunCounts'] }) {
  const t = useText()
  const { total = 0, succeeded = 0, failed = 0, skipped = 0, running = 0 } = counts
  const part = (n: number) => `${total === 0 ? 0 : (100 * n) / total}%`
  return (
    <span className={classes.bar} title={t('runs.counts', { succeeded, failed, skipped, running, total })}>
      <span className={classes.track} aria-hidden="true">
        <span style={{ width: part(succeeded), background: 'var(--good)' }} />
        <span style={{ width: part(failed), background: 'var(--bad)' }} />
        <span style={{ width: part(running), background: 'var(--busy)' }} />
        <span style={{ width: part(skipped), background: 'var(--idle)' }} />
      </span>
      <span className="num">{succeeded + skipped}/{total}</span>
    </span>
  )
}
