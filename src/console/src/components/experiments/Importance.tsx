import type { Comparison } from '@/api/experiments/experiments'
import { useText } from '@/i18n/Language'

/** How much each parameter has to do with the goal, as the server found it among the runs that were compared. */
export function Importance({ of }: { readonly of: Comparison }) {
  const t = useText()
  if (of.importance.length === 0) return <span className="quiet">{of.noImportance ?? t('experiments.noImportance')}</span>
  const goal = of.goals[0]?.metric ?? ''
  return (
    <div style={{ overflow: 'auto', minHeight: 0 }} tabIndex={0} role="region" aria-label={t('experiments.importance')}>
      <p className="quiet" style={{ margin: '0 0 8px', fontSize: 12, maxWidth: 820 }}>{t('experiments.importanceHow', { goal, n: of.total })}</p>
      <div style={{ display: 'grid', gridTemplateColumns: 'max-content minmax(80px, 560px) 60px', gap: '6px 12px', alignItems: 'center', fontSize: 13 }}>
        {of.importance.map(({ parameter, share }) => (
          <div key={parameter} style={{ display: 'contents' }}>
            <span>{parameter}</span>
            <div role="meter" aria-label={parameter} aria-valuemin={0} aria-valuemax={1} aria-valuenow={share} style={{ background: 'var(--sunken)', borderRadius: 3, height: 14 }}>
              <div style={{ width: `${100 * share}%`, height: '100%', background: 'var(--accent)', borderRadius: 3 }} />
            </div>
            <span className="num">{Math.round(100 * share)} %</span>
          </div>
        ))}
      </div>
    </div>
  )
}
