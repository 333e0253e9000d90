import { Anchor, Code, Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { artifactQuery, fileBytesQuery, fileTextQuery, saveFile, tableQuery } from '@/api/artifacts/artifacts'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import { bytesOf, figureOf } from '../time/time'
import classes from './Artifacts.module.css'

const large = 2 << 20 // more than that is not shown in the page

/** What an artifact holds: its files, and the first that can be shown. */
export function ArtifactPreview({ hash }: { readonly hash: string }) {
  const t = useText()
  const artifact = useQuery(artifactQuery(hash))
  const [chosen, setChosen] = useState<string | null>(null)
  return (
    <Loaded query={artifact} lines={3}>
      {({ files }) => {
        const isTable = files.some((f) => f.path.endsWith('.parquet'))
        const shown = chosen ?? files.find((f) => /\.(html|svg|png|jpe?g)$/i.test(f.path))?.path ?? files.find((f) => /\.(json|txt|md|csv|jsonl|log)$/i.test(f.path))?.path ?? null
        const file = files.find((f) => f.path === shown)
        return (
          <Stack gap="xs">
            {isTable && <TableView hash={hash} />}
            {!isTable && files.length > 1 && files.length <= 6 && <SegmentedControl aria-label={t('artifacts.file')} data={files.map((f) => f.path)} value={shown ?? ''} onChange={setChosen} />}
            {!isTable && file && (file.bytes > large ? <Text size="sm" c="dimmed">{t('artifacts.large', { size: bytesOf(file.bytes) })}</Text> : <FileView hash={hash} path={file.path} />)}
            <div>
              {files.slice(0, 50).map((f) => (
                <div key={f.path} className={classes.file}>
                  <span className="mono clip">{f.path}</span><span className="quiet num">{bytesOf(f.bytes)}</span>
                  <Anchor component="button" type="button" size="xs" onClick={() => void saveFile(hash, f.path)}>{t('pages.download')}</Anchor>
                </div>
              ))}
              {files.length > 50 && <Text size="xs" c="dimmed">{t('artifacts.moreFiles', { n: files.length - 50 })}</Text>}
            </div>
          </Stack>
        )
      }}
    </Loaded>
  )
}

function FileView({ hash, path }: { readonly hash: string; readonly path: string }) {
  if (/\.(png|jpe?g|svg)$/i.test(path)) return <ImageView hash={hash} path={path} />
  if (/\.html?$/i.test(path)) return <PageView hash={hash} path={path} />
  if (/\.(json|jsonl|txt|md|csv|log|py|yaml|yml|toml)$/i.test(path)) return <TextView hash={hash} path={path} />
  return null
}

// Attempts wrote these pages: without scripts, in an origin of their own.
function PageView({ hash, path }: { readonly hash: string; readonly path: string }) {
  const html = useQuery(fileTextQuery(hash, path))
  return <Loaded query={html}>{(text) => <iframe className={classes.frame} title={path} sandbox="" srcDoc={text} />}</Loaded>
}

function TextView({ hash, path }: { readonly hash: string; readonly path: string }) {
  const text = useQuery(fileTextQuery(hash, path))
  return <Loaded query={text}>{(found) => <Code block tabIndex={0} style={{ maxHeight: 320, overflow: 'auto' }}>{found}</Code>}</Loaded>
}

function ImageView({ hash, path }: { readonly hash: string; readonly path: string }) {
  const bytes = useQuery(fileBytesQuery(hash, path))
  const image = useRef<HTMLImageElement>(null)
  useEffect(() => {
    if (!bytes.data || !image.current) return
    const made = URL.createObjectURL(path.toLowerCase().endsWith('.svg') ? new Blob([bytes.data], { type: 'image/svg+xml' }) : bytes.data)
    image.current.src = made
    return () => URL.revokeObjectURL(made)
  }, [bytes.data, path])
  return <Loaded query={bytes}>{() => <img ref={image} className={classes.image} alt={path} />}</Loaded>
}

/** A table: its columns in figures and its first rows. */
export function TableView({ hash }: { readonly hash: string }) {
  const t = useText()
  const table = useQuery(tableQuery(hash))
  return (
    <Loaded query={table}>
      {({ rows, columns, preview }) => (
        <Stack gap={4}>
          <Group gap="xs"><Text size="sm">{t('artifacts.rows', { n: rows.toLocaleString() })} · {t('artifacts.columns', { n: columns.length })}</Text></Group>
          <div className={classes.table} tabIndex={0} role="region" aria-label={t('artifacts.table')}>
            <table>
              <thead>
                <tr>
                  {columns.map(({ name, type, summary: s }) => (
                    <th key={name} scope="col">
                      {name}
                      <div className={classes.profile}>
                        {type.toLowerCase()}<br />
                        {s.least != null && <>{short(s.least)} … {short(s.greatest)}<br /></>}
                        {s.mean != null && <>⌀ {figureOf(s.mean)}<br /></>}
                        {t('artifacts.distinct', { n: s.distinct })}{s.missing > 0 && <>, {t('artifacts.missing', { n: s.missing })}</>}
                      </div>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {preview.rows.map((row, i) => <tr key={i}>{row.slice(0, columns.length).map((cell, j) => <td key={j} className="num" title={String(cell ?? '')}>{cell === null ? <span className="quiet">∅</span> : typeof cell === 'object' ? JSON.stringify(cell) : String(cell)}</td>)}</tr>)}
              </tbody>
            </table>
          </div>
        </Stack>
      )}
    </Loaded>
  )
}

const short = (text: string | null | undefined): string => (text == null ? '' : text.length > 14 ? `${text.slice(0, 13)}…` : text)
