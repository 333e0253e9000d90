import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { catalogQuery, documentQuery, gitQuery, schemaQuery, type PipelineDocument } from '@/api/designer/designer'
import { Loaded } from '../problem/Loaded'
import { Designer } from './Designer'
import type { Schema } from './model/schema'

const begun = getRouteApi('/designer')
const opened = getRouteApi('/designer/$pipeline')

const first = `{
  "id": "my-pipeline",
  "basic": { "name": "My pipeline" },
  "parameters": {},
  "activities": {}
}
`

/** A pipeline that is begun. */
export function NewPipelinePage() {
  const { view } = begun.useSearch()
  const navigate = useNavigate()
  return <Open document={null} view={view ?? 'picture'} onView={(v) => void navigate({ to: '/designer', search: { view: v }, replace: true })} />
}

/** A pipeline that is there. */
export function DesignerPage() {
  const { pipeline } = opened.useParams()
  const { view } = opened.useSearch()
  const navigate = useNavigate()
  const document = useQuery(documentQuery(pipeline))
  return (
    <Loaded query={document}>
      {(d) => <Open key={pipeline} document={d} view={view ?? 'picture'} onView={(v) => void navigate({ to: '/designer/$pipeline', params: { pipeline }, search: { view: v }, replace: true })} />}
    </Loaded>
  )
}

function Open({ document, view, onView }: { readonly document: PipelineDocument | null; readonly view: 'picture' | 'text'; readonly onView: (view: 'picture' | 'text') => void }) {
  const navigate = useNavigate()
  const catalog = useQuery(catalogQuery)
  const schema = useQuery(schemaQuery)
  const git = useQuery(gitQuery)
  return (
    <Loaded query={catalog}>
      {(c) => (
        <Loaded query={schema}>
          {(s) => (
            <Loaded query={git}>
              {(g) => (
                <Designer
                  document={document} first={first} catalog={c} schema={s as Schema} git={g} view={view} onView={onView}
                  onSaved={(id) => { if (id !== document?.pipeline) void navigate({ to: '/designer/$pipeline', params: { pipeline: id }, search: { view }, replace: true }) }}
                />
              )}
            </Loaded>
          )}
        </Loaded>
      )}
    </Loaded>
  )
}
