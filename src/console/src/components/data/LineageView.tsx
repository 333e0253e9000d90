import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { lineageQuery } from '@/api/datasets/datasets'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'

const LineagePicture = lazy(() => import('./LineagePicture'))

/** What a version was made of, or what was made of it. */
export function LineageView({ kind, name, version }: { readonly kind: 'datasets' | 'models'; readonly name: string; readonly version: number }) {
  const t = useText()
  const [down, setDown] = useState(false)
  const graph = useQuery(lineageQuery(kind, name, version, down))
  return (
    <>
      <SegmentedControl aria-label={t('data.lineage')} value={down ? 'down' : 'up'} onChange={(v) => setDown(v === 'down')} data={[{ value: 'up', label: t('data.lineageGraph') }, { value: 'down', label: t('data.lineageDown') }]} style={{ alignSelf: 'flex-start' }} />
      <Loaded query={graph} lines={3}>
        {(found) => found.edges.length === 0
          ? <span className="quiet">{t('data.noLineage')}</span>
          : (
            <>
              <Suspense fallback={<div aria-busy="true" />}><LineagePicture key={String(down)} graph={found} label={t(down ? 'data.lineageDown' : 'data.lineageGraph')} /></Suspense>
              {!found.complete && <span className="quiet">{t('data.truncated')}</span>}
            </>
          )}
      </Loaded>
    </>
  )
}
