import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useMemo } from 'react'
import { start, type Given } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../../problem/ProblemView'
import { LinkButton } from '../../shell/LinkButton'
import { FieldView } from '../form/FieldView'
import { nodeAt, parse, propertiesOf, valueOf, type Json } from '../model/json'
import type { Field, Shape } from '../model/schema'

const shapes: Readonly<Record<string, Shape>> = {
  integer: { kind: 'number', whole: true, minimum: undefined, maximum: undefined }, number: { kind: 'number', whole: false, minimum: undefined, maximum: undefined },
  boolean: { kind: 'boolean' }, list: { kind: 'any' }, object: { kind: 'any' },
}

/** The parameters of a file as fields. */
export function parametersOf(text: string): readonly Field[] {
  return propertiesOf(nodeAt(parse(text).root, ['parameters'])).map(({ name, node }) => {
    const of = (key: string) => valueOf(nodeAt(node, [key]))
    const choices = of('enum')
    const byDefault = of('default')
    const words = [of('description'), byDefault === undefined ? null : `Default: ${typeof byDefault === 'string' ? byDefault : JSON.stringify(byDefault)}.`].filter((w) => typeof w === 'string')
    return {
      name, description: words.join(' '), required: byDefault === undefined && of('required') !== false,
      shape: Array.isArray(choices) && choices.every((c) => typeof c === 'string') ? { kind: 'choice', choices } : shapes[String(of('type'))] ?? { kind: 'text' },
    } satisfies Field
  })
}

/** Starts a run: of what is registered where nothing was changed since, else of the text as it stands. */
export function RunDialog({ text, registered, given, onGiven, onPlan, onClose }: {
  readonly text: string
  readonly registered: string | null
  readonly given: Given
  readonly onGiven: (given: Given) => void
  readonly onPlan: () => void
  readonly onClose: () => void
}) {
  const t = useText()
  const fields = useMemo(() => parametersOf(text), [text])
  const run = useMutation({ mutationFn: () => start(registered !== null ? { pipeline: registered } : { text }, given) })
  const set = (name: string, value: Json | undefined) => {
    const rest = Object.fromEntries(Object.entries(given).filter(([n]) => n !== name))
    onGiven(value === undefined ? rest : { ...rest, [name]: value })
  }
  return (
    <Modal opened onClose={onClose} closeButtonProps={{ 'aria-label': t('design.close') }} title={t('design.runTitle')} size="md">
      {run.data
        ? (
            <Stack gap="sm">
              <Text size="sm">{t('design.started')}</Text>
              <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('design.close')}</Button><LinkButton to="/runs/$run" params={{ run: run.data.id }}>{t('design.openRun')}</LinkButton></Group>
            </Stack>
          )
        : (
            <Stack gap="sm" component="form" onSubmit={(e) => { e.preventDefault(); run.mutate() }}>
              <Text size="sm" c="dimmed">{t(registered !== null ? 'design.runRegistered' : 'design.runText')}</Text>
              {fields.map((f) => <FieldView key={f.name} field={f} path={[f.name]} value={given[f.name] as Json | undefined} onChange={(_, v) => set(f.name, v)} around={{ place: () => null, wrong: () => [] }} />)}
              {fields.length === 0 && <Text size="sm">{t('design.noParameters')}</Text>}
              {run.error && <ProblemView error={run.error} />}
              <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('design.cancel')}</Button><Button variant="default" onClick={onPlan}>{t('design.planFirst')}</Button><Button type="submit" loading={run.isPending}>{t('design.start')}</Button></Group>
            </Stack>
          )}
    </Modal>
  )
}
