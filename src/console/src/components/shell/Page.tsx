import { Title } from '@mantine/core'
import { useEffect, type ReactNode } from 'react'
import classes from './Page.module.css'

/** A page: where it lies, what it is called, what can be done, and its content. */
export function Page({ title, trail, beside, actions, children }: {
  readonly title: string
  /** Links to the pages above. */
  readonly trail?: ReactNode
  /** What stands beside the title: a state, a count. */
  readonly beside?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · MLPlatform`
  }, [title])
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        {trail && <span className={classes.trail}>{trail}<span aria-hidden="true">/</span></span>}
        <Title order={1}>{title}</Title>
        {beside}
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}
