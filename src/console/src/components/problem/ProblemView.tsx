import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { Problem } from '@/api/problem'
import { useText } from '@/i18n/Language'

/** What failed, with its code, and what to do about it. */
export function ProblemView({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const t = useText()
  const problem = error instanceof Problem ? error : null
  const hint = problem === null ? t('pages.bug') : problem.isUnreachable ? t('pages.unreachable') : problem.hint
  return (
    <Alert role="alert" variant="outline" color="red" m="md" maw={760} styles={{ root: { background: 'var(--bad-soft)', borderColor: 'var(--bad)' }, title: { color: 'var(--bad)' } }} title={problem?.title || t('pages.failed')}>
      <Stack gap={6}>
        <Text size="sm">{problem?.detail ?? String(error)}</Text>
        {hint && <Text size="sm"><strong>{t('pages.nextStep')}:</strong> {hint}</Text>}
        {problem && <Text size="xs" className="mono quiet">{problem.code} · {problem.request}{problem.status > 0 && ` · ${problem.status}`}</Text>}
        {onRetry && <Group><Button variant="default" onClick={onRetry}>{t('pages.retry')}</Button></Group>}
      </Stack>
    </Alert>
  )
}
