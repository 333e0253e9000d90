import { Button, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { meQuery } from '@/api/access/access'
import { askForMore, expand, quotasQuery } from '@/api/resources/resources'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'
import { askedOf, type Wish } from './expansion'

const empty: Wish = { group: '', pool: '', cpu: 1, gpu: '', memory: '', hours: 8, source: '', approver: '', reason: '' }

/** More for a group for a while: administrators give it, and say who allowed it; others ask for it. */
export function ExpandForm({ asks = false }: { readonly asks?: boolean }) {
  const t = useText()
  const queries = useQueryClient()
  const [isOpen, setOpen] = useState(false)
  const [wish, setWish] = useState<Wish>(empty)
  const quotas = useQuery(quotasQuery)
  const me = useQuery(meQuery)
  const rows = useMemo(() => quotas.data?.quotas ?? [], [quotas.data])
  const groups = useMemo(() => [...new Set(rows.filter((r) => r.nominal != null && (wish.pool === '' || r.pool === wish.pool)).map((r) => r.group))], [rows, wish.pool])
  const pools = useMemo(() => [...new Set(rows.filter((r) => r.nominal != null).map((r) => r.pool))], [rows])
  const asking = useMutation({
    mutationFn: async () => {
      const asked = askedOf(wish, new Date())
      if (asked) await (asks ? askForMore(asked) : expand(asked))
    },
    onSuccess: async () => {
      setOpen(false)
      setWish(empty)
      await queries.invalidateQueries({ queryKey: ['quotas'] })
    },
  })
  const set = (change: Partial<Wish>) => setWish((w) => ({ ...w, ...change }))
  const number = (value: string | number): number | '' => (typeof value === 'number' ? value : '')
  const mayNot = me.data !== undefined && (asks ? me.data.role === 'viewer' : me.data.role !== 'admin')
  const title = t(asks ? 'resources.ask' : 'resources.expand')
  return (
    <>
      <Button variant={asks ? 'default' : 'filled'} onClick={() => { asking.reset(); setOpen(true) }}>{title}</Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={title} size="lg" closeButtonProps={{ 'aria-label': t('pages.close') }}>
        <form onSubmit={(e) => { e.preventDefault(); asking.mutate() }}>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">{t(asks ? 'resources.askWhat' : 'resources.expandWhat')}</Text>
            {mayNot && <Text size="sm" style={{ color: 'var(--warn)' }}>{t(asks ? 'resources.askWho' : 'resources.expandWho', { role: me.data.role })}</Text>}
            <SimpleGrid cols={2} spacing="sm">
              <Select label={t('resources.pool')} data={pools} value={wish.pool || null} onChange={(v) => set({ pool: v ?? '' })} required data-autofocus />
              <Select label={t('resources.group')} data={groups} value={wish.group || null} onChange={(v) => set({ group: v ?? '' })} required searchable />
              <NumberInput label={t('resources.moreCores')} min={0} step={0.5} value={wish.cpu} onChange={(v) => set({ cpu: number(v) })} />
              <NumberInput label={t('resources.moreGpu')} min={0} value={wish.gpu} onChange={(v) => set({ gpu: number(v) })} />
              <TextInput label={t('resources.moreMemory')} placeholder="16Gi" value={wish.memory} onChange={(e) => set({ memory: e.currentTarget.value })} />
              <NumberInput label={t('resources.hours')} min={0} max={8760} value={wish.hours} onChange={(v) => set({ hours: number(v) })} required />
              <Select label={t('resources.source')} data={groups.filter((g) => g !== wish.group)} value={wish.source || null} onChange={(v) => set({ source: v ?? '' })} clearable placeholder={t(asks ? 'resources.approverDecides' : 'resources.unassigned')} />
              {!asks && <TextInput label={t('resources.approver')} placeholder={me.data?.name ?? ''} value={wish.approver} onChange={(e) => set({ approver: e.currentTarget.value })} />}
            </SimpleGrid>
            <TextInput label={t('resources.reason')} value={wish.reason} onChange={(e) => set({ reason: e.currentTarget.value })} required />
            {asking.error && <ProblemView error={asking.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setOpen(false)}>{t('pages.cancel')}</Button>
              <Button type="submit" loading={asking.isPending} disabled={askedOf(wish, new Date()) === null}>{t(asks ? 'resources.askDo' : 'resources.grant')}</Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
