import { NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useText } from '@/i18n/Language'
import type { Declared, Search } from './batch'

/** One parameter of the pipeline: left as it is, given one value, some values, or searched in a range. */
export function ParameterRow({ of, search, wrong, isGrid, onSearch }: {
  readonly of: Declared
  readonly search: Search
  readonly wrong: string | undefined
  readonly isGrid: boolean
  readonly onSearch: (search: Search) => void
}) {
  const t = useText()
  const isNumber = of.type === 'number' || of.type === 'integer'
  const hows: readonly Search['how'][] = [...(of.byDefault === undefined ? [] : ['default' as const]), 'fixed', 'values', ...(isNumber ? ['range' as const] : [])]
  const start = (how: Search['how']): Search => {
    const shown = of.byDefault === undefined ? '' : typeof of.byDefault === 'string' ? of.byDefault : JSON.stringify(of.byDefault)
    switch (how) {
      case 'default': return { how }
      case 'fixed': return { how, text: shown }
      case 'values': return { how, text: of.choices?.map((c) => (typeof c === 'string' ? c : JSON.stringify(c))).join(', ') ?? shown }
      case 'range': return { how, min: '', max: '', scale: 'linear', points: '' }
    }
  }
  const error = wrong === undefined ? undefined : wrong === '' ? t('sweep.fill') : t('sweep.wrongValue', { value: wrong, type: of.type })
  return (
    <div role="group" aria-label={of.name} style={{ display: 'grid', gridTemplateColumns: 'minmax(110px, 200px) max-content minmax(0, 1fr)', gap: 12, alignItems: 'center', padding: '6px 0', borderBottom: '1px solid var(--line)' }}>
      <div className="clip" title={of.description}>
        <strong style={{ fontSize: 13 }}>{of.name}</strong> <span className="quiet" style={{ fontSize: 12 }}>{of.type}</span>
        {of.byDefault !== undefined && <div className="quiet clip" style={{ fontSize: 12 }}>{t('sweep.byDefault', { value: typeof of.byDefault === 'string' ? of.byDefault : JSON.stringify(of.byDefault) })}</div>}
      </div>
      <SegmentedControl aria-label={t('sweep.how', { name: of.name })} value={search.how} data={hows.map((value) => ({ value, label: t(`sweep.how.${value}`) }))} onChange={(how) => onSearch(start(how))} />
      <div>
        {search.how === 'fixed' && (of.choices
          ? <Select aria-label={t('sweep.value', { name: of.name })} data={of.choices.map(String)} value={search.text || null} onChange={(v) => onSearch({ how: 'fixed', text: v ?? '' })} error={error} />
          : <TextInput aria-label={t('sweep.value', { name: of.name })} value={search.text} onChange={(e) => onSearch({ how: 'fixed', text: e.currentTarget.value })} error={error} />)}
        {search.how === 'values' && <TextInput aria-label={t('sweep.values', { name: of.name })} placeholder={t('sweep.valuesHow')} value={search.text} onChange={(e) => onSearch({ how: 'values', text: e.currentTarget.value })} error={error} />}
        {search.how === 'range' && (
          <div style={{ display: 'flex', gap: 8, alignItems: 'flex-start', flexWrap: 'wrap' }}>
            <NumberInput w={92} aria-label={t('sweep.min', { name: of.name })} placeholder={t('sweep.least')} value={search.min} onChange={(v) => onSearch({ ...search, min: typeof v === 'number' ? v : '' })} allowDecimal={of.type === 'number'} error={error && search.min === '' ? error : undefined} />
            <NumberInput w={92} aria-label={t('sweep.max', { name: of.name })} placeholder={t('sweep.greatest')} value={search.max} onChange={(v) => onSearch({ ...search, max: typeof v === 'number' ? v : '' })} allowDecimal={of.type === 'number'} />
            <SegmentedControl aria-label={t('sweep.scale', { name: of.name })} value={search.scale} data={[{ value: 'linear', label: t('sweep.linear') }, { value: 'log', label: t('sweep.log') }]} onChange={(scale) => onSearch({ ...search, scale })} />
            {isGrid && <NumberInput w={90} aria-label={t('sweep.points', { name: of.name })} placeholder={t('sweep.pointsShort')} min={2} max={1000} allowDecimal={false} value={search.points} onChange={(v) => onSearch({ ...search, points: typeof v === 'number' ? v : '' })} />}
          </div>
        )}
      </div>
    </div>
  )
}
