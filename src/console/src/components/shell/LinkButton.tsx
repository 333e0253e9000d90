import { Button, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

/** A link that looks like a button. */
export const LinkButton = createLink(function Anchor({ ref, ...rest }: ButtonProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> & { readonly ref?: Ref<HTMLAnchorElement> }) {
  return <Button component="a" ref={ref} {...rest} />
})
