import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { addSilence, alarmEvents, type AlarmEvent } from '@/api/alarms/alarms'
import { pipelinesQuery } from '@/api/pipelines/pipelines'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'

export interface SilenceOf {
  readonly pipeline?: string | null | undefined
  readonly activity?: string | null | undefined
  readonly event?: AlarmEvent | null | undefined
}

/** Nobody is told for a while about alarms that match; what is left open matches all. */
export function SilenceForm({ of, label, compact = false }: { readonly of: SilenceOf; readonly label: string; readonly compact?: boolean }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button {...(compact ? { size: 'compact-xs', variant: 'default' } : {})} onClick={() => setOpen(true)}>{label}</Button>
      {isOpen && <Asked of={of} onClose={() => setOpen(false)} />}
    </>
  )
}

function Asked({ of, onClose }: { readonly of: SilenceOf; readonly onClose: () => void }) {
  const t = useText()
  const queries = useQueryClient()
  const pipelines = useQuery(pipelinesQuery)
  const [pipeline, setPipeline] = useState(of.pipeline ?? '')
  const [activity, setActivity] = useState(of.activity ?? '')
  const [event, setEvent] = useState<AlarmEvent | null>(of.event ?? null)
  const [hours, setHours] = useState<number | string>(2)
  const [reason, setReason] = useState('')
  const making = useMutation({
    mutationFn: () => addSilence({
      until: new Date(Date.now() + Number(hours) * 3_600_000).toISOString(), reason: reason.trim(),
      ...(pipeline === '' ? {} : { pipeline }), ...(activity.trim() === '' ? {} : { activity: activity.trim() }), ...(event === null ? {} : { event }),
    }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['alarms'] })
      onClose()
    },
  })
  const isAll = pipeline === '' && activity.trim() === '' && event === null
  return (
    <Modal opened onClose={onClose} title={t('alarms.silence')} closeButtonProps={{ 'aria-label': t('pages.close') }}>
      <form onSubmit={(e) => { e.preventDefault(); making.mutate() }}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">{t('alarms.silenceWhat')}</Text>
          <Select label={t('runs.pipeline')} data={[...new Set([...(pipelines.data ?? []).map((p) => p.id), ...(pipeline === '' ? [] : [pipeline])])]} value={pipeline || null} onChange={(v) => setPipeline(v ?? '')} clearable searchable placeholder={t('alarms.any')} />
          <TextInput label={t('alarms.activity')} value={activity} onChange={(e) => setActivity(e.currentTarget.value)} placeholder={t('alarms.any')} />
          <Select label={t('alarms.event')} data={[...alarmEvents]} value={event} onChange={(v) => setEvent(v as AlarmEvent | null)} clearable searchable placeholder={t('alarms.any')} />
          <NumberInput label={t('alarms.hours')} min={0.1} max={8760} value={hours} onChange={setHours} required />
          <TextInput label={t('alarms.reason')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} maxLength={500} required data-autofocus />
          {isAll && <Text size="sm" style={{ color: 'var(--warn)' }}>{t('alarms.silenceAll')}</Text>}
          {making.error && <ProblemView error={making.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('pages.cancel')}</Button>
            <Button type="submit" loading={making.isPending} disabled={reason.trim() === '' || !(Number(hours) > 0)}>{t('alarms.silenceDo')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
