import { Button, Group, Menu, Modal, Stack, Text } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { act, hasEnded, type RunDetail, type RunPlanNode } from '@/api/runs/runs'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'
import { effectOf, type Action } from './graph'

interface Asked {
  readonly action: Action
  readonly from: readonly string[]
}

/** What can be done with a run now. Each shows what it will do before it does it. */
export function RunActions({ run, plan, selected }: { readonly run: RunDetail; readonly plan: readonly RunPlanNode[]; readonly selected: string | undefined }) {
  const t = useText()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<Asked | null>(null)
  const ask = (action: Action, from: readonly string[] = []) => setAsked({ action, from })
  const ended = hasEnded(run.state)
  const broken = run.state === 'failed' || run.state === 'cancelled'
  return (
    <>
      {!ended && run.state !== 'cancelling' && <Button variant="default" onClick={() => ask(run.state === 'paused' ? 'unpause' : 'pause')}>{t(run.state === 'paused' ? 'runs.act.unpause' : 'runs.act.pause')}</Button>}
      {!ended && <Button variant="default" c="var(--bad)" disabled={run.state === 'cancelling'} onClick={() => ask('cancel')}>{t('runs.act.cancel')}</Button>}
      {broken && <Button onClick={() => ask('resume')}>{t('runs.act.resume')}</Button>}
      <Menu position="bottom-end">
        <Menu.Target><Button variant="default" rightSection={<IconChevronDown size={14} />}>{t('runs.act.more')}</Button></Menu.Target>
        <Menu.Dropdown>
          {ended && selected !== undefined && <Menu.Item onClick={() => ask('rerun', [selected])}>{t('runs.act.rerunFrom', { activity: selected })}</Menu.Item>}
          {ended && <Menu.Item onClick={() => ask('rerun')}>{t('runs.act.rerun')}</Menu.Item>}
          <Menu.Item onClick={() => void navigate({ to: '/runs/compare', search: { a: run.id } })}>{t('runs.act.compare')}</Menu.Item>
          <Menu.Item onClick={() => void navigate({ to: '/runs', search: { pipeline: run.pipeline } })}>{t('runs.act.others')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asked && <Confirm asked={asked} run={run} plan={plan} onClose={() => setAsked(null)} />}
    </>
  )
}

function Confirm({ asked: { action, from }, run, plan, onClose }: { readonly asked: Asked; readonly run: RunDetail; readonly plan: readonly RunPlanNode[]; readonly onClose: () => void }) {
  const t = useText()
  const queries = useQueryClient()
  const effect = effectOf(action, plan, run.activities, from)
  const doing = useMutation({
    mutationFn: () => act(run.id, action, from),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: ['runs'] })
    },
  })
  return (
    <Modal opened onClose={onClose} title={t(`runs.act.${action}`)} size={520}>
      <Stack gap="sm">
        <Text size="sm">{t(`runs.will.${action}`)}</Text>
        <Names title={t(action === 'cancel' ? 'runs.will.stopped' : action === 'pause' ? 'runs.will.held' : 'runs.will.again', { n: effect.touched.length })} names={effect.touched} />
        {effect.kept.length > 0 && <Names title={t(action === 'cancel' ? 'runs.will.ended' : action === 'pause' ? 'runs.will.goesOn' : 'runs.will.kept', { n: effect.kept.length })} names={effect.kept} />}
        {doing.error && <ProblemView error={doing.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('pages.cancel')}</Button>
          <Button color={action === 'cancel' ? 'red' : undefined} loading={doing.isPending} onClick={() => doing.mutate()} data-autofocus>{t(`runs.act.${action}`)}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function Names({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  return (
    <div>
      <Text size="sm" fw={600}>{title}</Text>
      <Text size="sm" c="dimmed">{names.slice(0, 30).join(', ')}{names.length > 30 && ` … +${names.length - 30}`}</Text>
    </div>
  )
}
