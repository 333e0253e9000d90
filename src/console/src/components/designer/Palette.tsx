import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useText } from '@/i18n/Language'
import { dragType } from './canvas/Canvas'
import { iconOf } from './look'
import type { Catalog, CatalogEntry } from './model/ports'
import classes from './Designer.module.css'

/** All activity types, found by what they are called and what they say they do; dragged onto the canvas, or added by a click. */
export function Palette({ catalog, onAdd }: { readonly catalog: Catalog; readonly onAdd: (type: string) => void }) {
  const t = useText()
  const [wanted, setWanted] = useState('')
  const groups = useMemo(() => {
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
    const made = new Map<string, CatalogEntry[]>()
    for (const e of catalog.values()) {
      const told = `${e.type} ${e.summary} ${[...e.inputs, ...(e.outputs ?? [])].map((p) => p.kind).join(' ')}`.toLowerCase()
      if (words.every((w) => told.includes(w))) made.set(e.family, [...(made.get(e.family) ?? []), e])
    }
    return [...made]
  }, [catalog, wanted])
  const first = groups[0]?.[1][0]
  return (
    <aside className={classes.palette} aria-label={t('design.palette')}>
      <TextInput aria-label={t('design.search')} placeholder={t('design.search')} leftSection={<IconSearch size={13} />} value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === 'Enter' && first) onAdd(first.type) }} />
      <div className={classes.types}>
        {groups.map(([family, entries]) => (
          <section key={family}>
            <h2>{family}</h2>
            {entries.map((e) => (
                <button
                  key={e.type} type="button" className={classes.type} draggable title={e.summary} onClick={() => onAdd(e.type)}
                  onDragStart={(d) => { d.dataTransfer.setData(dragType, e.type); d.dataTransfer.effectAllowed = 'copy' }}
                >
                  {iconOf(e.type, 15)}<span><strong>{e.type.slice(family.length + 1)}</strong><small>{e.summary}</small></span>
                </button>
            ))}
          </section>
        ))}
        {groups.length === 0 && <p className={classes.none}>{t('design.noType')}</p>}
      </div>
    </aside>
  )
}
