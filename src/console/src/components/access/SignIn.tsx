import { Button, Checkbox, PasswordInput, Paper, Stack, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { enterToken, tokenOf } from '@/api/access/token'
import { useText } from '@/i18n/Language'

/** Asks for an API token. It is kept for this tab, or for this computer where that is wanted. */
export function SignIn() {
  const t = useText()
  const queries = useQueryClient()
  const [token, setToken] = useState('')
  const [keep, setKeep] = useState(false)
  const refused = tokenOf() !== null

  function onSubmit(event: FormEvent) {
    event.preventDefault()
    enterToken(token.trim(), keep)
    void queries.resetQueries()
  }

  return (
    <main style={{ display: 'grid', placeItems: 'center', height: '100%' }}>
      <Paper withBorder p="xl" w={420} component="form" onSubmit={onSubmit}>
        <Stack gap="sm">
          <Title order={1}>MLPlatform</Title>
          <Text size="sm">{t('access.why')}</Text>
          <PasswordInput label={t('access.token')} value={token} onChange={(e) => setToken(e.currentTarget.value)} error={refused && t('access.refused')} autoFocus autoComplete="off" />
          <Checkbox label={t('access.keep')} checked={keep} onChange={(e) => setKeep(e.currentTarget.checked)} />
          <Button type="submit" disabled={token.trim() === ''}>{t('access.enter')}</Button>
        </Stack>
      </Paper>
    </main>
  )
}
