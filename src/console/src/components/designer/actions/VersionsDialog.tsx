import { Badge, Group, Modal, SegmentedControl, Select, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { diffQuery } from '@/api/designer/designer'
import { revisionsQuery, type Pipeline } from '@/api/pipelines/pipelines'
import { useText } from '@/i18n/Language'
import { Loaded } from '../../problem/Loaded'
import { useLanguage } from '@/i18n/Language'
import { compare } from '../model/compare'
import type { Catalog } from '../model/ports'

const DiffPicture = lazy(() => import('../canvas/DiffPicture'))
const DiffView = lazy(() => import('../text/DiffView'))
const colors = { added: 'green', removed: 'red', changed: 'yellow' } as const

/** Who changed what, when and why: two revisions beside each other, by activities and by lines. */
export function VersionsDialog({ id, catalog, onClose }: { readonly id: string; readonly catalog: Catalog; readonly onClose: () => void }) {
  const t = useText()
  const revisions = useQuery(revisionsQuery(id))
  return (
    <Modal opened onClose={onClose} closeButtonProps={{ 'aria-label': t('design.close') }} title={t('design.versionsOf', { id })} size="min(1100px, 92vw)">
      <Loaded query={revisions}>{(all) => (all.length < 2 ? <Text size="sm">{t('design.oneVersion')}</Text> : <Compared id={id} all={all} catalog={catalog} />)}</Loaded>
    </Modal>
  )
}

function Compared({ id, all, catalog }: { readonly id: string; readonly all: readonly Pipeline[]; readonly catalog: Catalog }) {
  const t = useText()
  const { language } = useLanguage()
  const [from, setFrom] = useState(all[1]!.revision)
  const [to, setTo] = useState(all[0]!.revision)
  const [view, setView] = useState<'picture' | 'text'>('picture')
  const diff = useQuery(diffQuery(id, from, to))
  const data = all.map((r) => ({
    value: String(r.revision),
    label: `${r.revision} · ${r.appliedBy} · ${new Date(r.appliedAt).toLocaleString(language)}${r.commit ? ` · ${r.commit.id.slice(0, 8)} ${r.commit.message}` : ''}`,
  }))
  return (
    <Stack gap="sm">
      <Group grow align="end">
        <Select label={t('design.from')} data={data} value={String(from)} allowDeselect={false} onChange={(v) => v && setFrom(Number(v))} />
        <Select label={t('design.to')} data={data} value={String(to)} allowDeselect={false} onChange={(v) => v && setTo(Number(v))} />
      </Group>
      <Loaded query={diff}>
        {(d) => {
          const { activities, sections } = compare(d.old, d.new)
          return (
            <>
              <Group gap={6}>
                <SegmentedControl aria-label={t('design.view')} value={view} onChange={(v) => setView(v as 'picture' | 'text')} data={[{ value: 'picture', label: t('design.picture') }, { value: 'text', label: t('design.text') }]} />
                {[...activities].map(([name, change]) => <Badge key={name} size="sm" variant="outline" color={colors[change]} tt="none" styles={{ label: { color: 'var(--ink)' } }}>{t(`design.${change}`)} {name}</Badge>)}
                {sections.map((s) => <Badge key={s} size="sm" variant="outline" color="gray" tt="none" styles={{ label: { color: 'var(--ink)' } }}>{s}</Badge>)}
                {activities.size + sections.length === 0 && <Text size="sm" c="dimmed">{t('design.onlySpaces')}</Text>}
              </Group>
              <Suspense fallback={<div aria-busy="true" style={{ height: '50vh' }} />}>{view === 'picture' ? <DiffPicture before={d.old} after={d.new} catalog={catalog} /> : <DiffView before={d.old} after={d.new} />}</Suspense>
            </>
          )
        }}
      </Loaded>
    </Stack>
  )
}
