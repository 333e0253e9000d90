import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { fileBytesQuery } from '@/api/artifacts/artifacts'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import type { Picture as Given } from './shown'

/** A picture out of a table, or out of an artifact: that one is fetched with the reader's token. */
export function Picture({ of, name }: { readonly of: Given; readonly name: string }) {
  return of.from === 'data' ? <Given address={of.address} name={name} /> : <Fetched hash={of.hash} path={of.path} name={name} />
}

function Given({ address, name }: { readonly address: string; readonly name: string }) {
  const t = useText()
  const [isBroken, setBroken] = useState(false)
  return isBroken ? <p style={{ color: 'var(--bad)', lineHeight: 1.4 }}>{t('labeling.noPicture')}</p> : <img src={address} alt={name} draggable={false} onError={() => setBroken(true)} />
}

function Fetched({ hash, path, name }: { readonly hash: string; readonly path: string; readonly name: string }) {
  const bytes = useQuery(fileBytesQuery(hash, path))
  const image = useRef<HTMLImageElement>(null)
  useEffect(() => {
    if (!bytes.data || !image.current) return
    const made = URL.createObjectURL(path.toLowerCase().endsWith('.svg') ? new Blob([bytes.data], { type: 'image/svg+xml' }) : bytes.data)
    image.current.src = made
    return () => URL.revokeObjectURL(made)
  }, [bytes.data, path])
  return <Loaded query={bytes} lines={3}>{() => <img ref={image} alt={name} draggable={false} />}</Loaded>
}
