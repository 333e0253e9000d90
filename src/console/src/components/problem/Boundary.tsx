import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { useText } from '@/i18n/Language'
import { ProblemView } from './ProblemView'

/** Keeps a fault of one page from taking the others along. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    return this.state.error === null ? this.props.children : <Fault error={this.state.error} />
  }
}

export function Fault({ error }: { readonly error: unknown }) {
  const t = useText()
  return (
    <>
      <ProblemView error={error} />
      <Button mx="md" variant="default" onClick={() => location.reload()}>{t('pages.reload')}</Button>
    </>
  )
}
