import { useMemo, useState } from 'react'
import { compare } from '../model/compare'
import { pictureOf, type Picture } from '../model/picture'
import type { Catalog } from '../model/ports'
import { Canvas } from './Canvas'
import { columns, heightOf, looksOf, type ActivityData } from './nodes'

const nothing = () => {}

/** Two texts as one picture: what came is green, what changed yellow, what went red and faint. */
export default function DiffPicture({ before, after, catalog }: { readonly before: string; readonly after: string; readonly catalog: Catalog }) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [edge, setEdge] = useState<string | null>(null)
  const { picture, data, positions } = useMemo(() => {
    const { activities } = compare(before, after)
    const [old, now] = [pictureOf(before), pictureOf(after)]
    const gone = (old?.activities ?? []).filter((a) => activities.get(a.name) === 'removed')
    const names = new Set(gone.map((a) => a.name))
    const whole: Picture = {
      id: now?.id ?? '', activities: [...(now?.activities ?? []), ...gone],
      edges: [...(now?.edges ?? []), ...(old?.edges ?? []).filter((e) => names.has(e.from) || names.has(e.to))],
    }
    const looks = looksOf(whole, catalog, new Set())
    return {
      picture: whole, positions: columns(whole, new Map([...looks].map(([n, look]) => [n, heightOf(look)]))),
      data: new Map([...looks].map(([n, look]): [string, ActivityData] => [n, { ...look, errors: 0, warnings: 0, cache: null, change: activities.get(n) ?? null }])),
    }
  }, [before, after, catalog])
  return (
    <div style={{ height: '50vh', display: 'flex' }}>
      <Canvas
        picture={picture} catalog={catalog} data={data} positions={positions} selected={selected} text={after} edge={edge} onEdge={setEdge} readOnly arranged={picture}
        onText={nothing} onMove={nothing} onSelect={setSelected} onOpenPorts={nothing} onAdd={nothing} onTidy={nothing}
      />
    </div>
  )
}
