import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { CodeFiles } from '@/api/code/code'
import { start } from '@/api/designer/designer'
import { useText } from '@/i18n/Language'
import { ProblemView } from '../problem/ProblemView'
import { LinkButton } from '../shell/LinkButton'
import { commandFor, pipelineFor, wordsIn } from './edits'

/** Runs the very version that is shown, as an activity of type train.script. */
export function RunDialog({ name, of, onClose }: { readonly name: string; readonly of: CodeFiles; readonly onClose: () => void }) {
  const t = useText()
  const [line, setLine] = useState(() => commandFor(of.files.map((f) => f.path)))
  const [given, setGiven] = useState('')
  const parameters = useMemo(() => parse(given), [given])
  const run = useMutation({
    mutationFn: () => start({ text: JSON.stringify(pipelineFor(name, of.version.version, wordsIn(line), parameters === undefined ? null : parameters), null, 2) }, {}),
  })
  return (
    <Modal opened onClose={onClose} title={t('scripts.run', { version: of.version.version })} closeButtonProps={{ 'aria-label': t('pages.close') }}>
      {run.data
        ? <Stack gap="sm"><span>{t('design.started')}</span><Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('pages.close')}</Button><LinkButton to="/runs/$run" params={{ run: run.data.id }} search={{ activity: 'run', tab: 'log' }}>{t('design.openRun')}</LinkButton></Group></Stack>
        : (
          <form onSubmit={(e) => { e.preventDefault(); run.mutate() }} style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
            <TextInput label={t('scripts.command')} description={t('scripts.commandHow')} className="mono" value={line} onChange={(e) => setLine(e.currentTarget.value)} data-autofocus />
            <Textarea label={t('sweep.parameters')} description={t('scripts.parametersHow')} placeholder='{ "rows": 2000 }' autosize minRows={2} value={given} onChange={(e) => setGiven(e.currentTarget.value)} error={parameters === undefined && t('scripts.noObject')} />
            {run.error && <ProblemView error={run.error} />}
            <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('pages.cancel')}</Button><Button type="submit" loading={run.isPending} disabled={wordsIn(line).length === 0 || parameters === undefined}>{t('scripts.start')}</Button></Group>
          </form>
        )}
    </Modal>
  )
}

/** Null for nothing, undefined for what is no object. */
function parse(text: string): object | null | undefined {
  if (text.trim() === '') return null
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
