import { Code, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { pipelineQuery } from '@/api/pipelines/pipelines'
import { useText } from '@/i18n/Language'
import { Loaded } from '../problem/Loaded'
import { LinkButton } from '../shell/LinkButton'
import { Page } from '../shell/Page'
import { When } from '../time/When'

const route = getRouteApi('/pipelines/$pipeline')

/** One pipeline: its file as it is applied. */
export function PipelinePage() {
  const t = useText()
  const { pipeline: id } = route.useParams()
  const pipeline = useQuery(pipelineQuery(id))
  return (
    <Page title={id} trail={<Link to="/pipelines">{t('shell.pipelines')}</Link>} actions={<><Link to="/runs" search={{ pipeline: id }}>{t('pipelines.runs')}</Link><LinkButton to="/designer/$pipeline" params={{ pipeline: id }}>{t('design.open')}</LinkButton></>}>
      <Loaded query={pipeline}>
        {({ pipeline: facts, file }) => (
          <>
            <Group gap="lg"><Text size="sm" c="dimmed">{t('pipelines.revision')} {facts.revision} · {facts.appliedBy} · <When at={facts.appliedAt} /></Text></Group>
            <Code block tabIndex={0} style={{ flex: 1, overflow: 'auto' }}>{JSON.stringify(file, null, 2)}</Code>
          </>
        )}
      </Loaded>
    </Page>
  )
}
