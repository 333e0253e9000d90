import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { NotFound } from './components/problem/NotFound'
import { Fault } from './components/problem/Boundary'
import { alarmTabs, dataTabs, experimentTabs, labelingTabs, modelTabs, resourceTabs, scriptTabs, settingTabs } from './components/shell/tabs'
import { compareSearch, runPageSearch, runSearch } from './components/runs/search'
import { tabSearch } from './components/shell/PageTabs'
import { Shell } from './components/shell/Shell'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: ({ error }) => <Fault error={error} /> })

const home = createRoute({ getParentRoute: () => root, path: '/', beforeLoad: () => { throw redirect({ to: '/runs' }) } })

const runs = createRoute({
  getParentRoute: () => root, path: '/runs', validateSearch: runSearch,
  component: lazyRouteComponent(() => import('./components/runs/RunsPage'), 'RunsPage'),
})

const run = createRoute({
  getParentRoute: () => root, path: '/runs/$run', validateSearch: runPageSearch,
  component: lazyRouteComponent(() => import('./components/runs/RunPage'), 'RunPage'),
})

const compare = createRoute({
  getParentRoute: () => root, path: '/runs/compare', validateSearch: compareSearch,
  component: lazyRouteComponent(() => import('./components/runs/ComparePage'), 'ComparePage'),
})

const pipelines = createRoute({
  getParentRoute: () => root, path: '/pipelines',
  component: lazyRouteComponent(() => import('./components/pipelines/PipelinesPage'), 'PipelinesPage'),
})

const pipeline = createRoute({
  getParentRoute: () => root, path: '/pipelines/$pipeline',
  component: lazyRouteComponent(() => import('./components/pipelines/PipelinePage'), 'PipelinePage'),
})

function versionSearch({ version }: Record<string, unknown>): { version?: number } {
  return Number.isInteger(version) && (version as number) > 0 ? { version: version as number } : {}
}

interface ExperimentSearch { readonly filter?: string; readonly metric?: string; readonly view?: 'parallel' | 'front' | 'importance'; readonly goal?: string; readonly second?: string }

function experimentSearch(given: Record<string, unknown>): ExperimentSearch {
  const texts = Object.fromEntries((['filter', 'metric', 'goal', 'second'] as const).flatMap((name) => (typeof given[name] === 'string' && given[name] !== '' ? [[name, given[name]]] : [])))
  const view = (['parallel', 'front', 'importance'] as const).find((v) => v === given.view)
  return { ...texts, ...(view ? { view } : {}) }
}

const designView = (search: Record<string, unknown>): { view?: 'picture' | 'text' } => (search.view === 'text' ? { view: 'text' } : {})

const designer = createRoute({
  getParentRoute: () => root, path: '/designer/$pipeline', validateSearch: designView,
  component: lazyRouteComponent(() => import('./components/designer/DesignerPage'), 'DesignerPage'),
})

const newPipeline = createRoute({
  getParentRoute: () => root, path: '/designer', validateSearch: designView,
  component: lazyRouteComponent(() => import('./components/designer/DesignerPage'), 'NewPipelinePage'),
})

const data = createRoute({
  getParentRoute: () => root, path: '/data', validateSearch: tabSearch(dataTabs),
  component: lazyRouteComponent(() => import('./components/data/DataPage'), 'DataPage'),
})

const dataset = createRoute({
  getParentRoute: () => root, path: '/data/$dataset', validateSearch: versionSearch,
  component: lazyRouteComponent(() => import('./components/data/DatasetPage'), 'DatasetPage'),
})

const labeling = createRoute({
  getParentRoute: () => root, path: '/data/labeling/$batch',
  validateSearch: (search: Record<string, unknown>) => ({ ...tabSearch(labelingTabs)(search), ...(typeof search.as === 'string' && search.as !== '' ? { as: search.as } : {}) }),
  component: lazyRouteComponent(() => import('./components/labeling/LabelingPage'), 'LabelingPage'),
})

const models = createRoute({
  getParentRoute: () => root, path: '/models', validateSearch: tabSearch(modelTabs),
  component: lazyRouteComponent(() => import('./components/models/ModelsPage'), 'ModelsPage'),
})

const model = createRoute({
  getParentRoute: () => root, path: '/models/$model', validateSearch: versionSearch,
  component: lazyRouteComponent(() => import('./components/models/ModelPage'), 'ModelPage'),
})

const deployment = createRoute({
  getParentRoute: () => root, path: '/deployments/$deployment',
  component: lazyRouteComponent(() => import('./components/models/DeploymentPage'), 'DeploymentPage'),
})

const experiments = createRoute({
  getParentRoute: () => root, path: '/experiments', validateSearch: tabSearch(experimentTabs),
  component: lazyRouteComponent(() => import('./components/experiments/ExperimentsPage'), 'ExperimentsPage'),
})

const experiment = createRoute({
  getParentRoute: () => root, path: '/experiments/$experiment', validateSearch: experimentSearch,
  component: lazyRouteComponent(() => import('./components/experiments/ExperimentPage'), 'ExperimentPage'),
})

const sweep = createRoute({
  getParentRoute: () => root, path: '/experiments/sweeps/$sweep',
  component: lazyRouteComponent(() => import('./components/sweeps/SweepPage'), 'SweepPage'),
})

const newSweep = createRoute({
  getParentRoute: () => root, path: '/experiments/sweeps/new',
  validateSearch: ({ pipeline }: Record<string, unknown>): { pipeline?: string } => (typeof pipeline === 'string' && pipeline !== '' ? { pipeline } : {}),
  component: lazyRouteComponent(() => import('./components/sweeps/SubmitPage'), 'SubmitPage'),
})

const script = createRoute({
  getParentRoute: () => root, path: '/experiments/scripts/$script',
  validateSearch: (search: Record<string, unknown>) => ({ ...tabSearch(scriptTabs)(search), ...versionSearch(search) }),
  component: lazyRouteComponent(() => import('./components/scripts/ScriptPage'), 'ScriptPage'),
})

const resources = createRoute({
  getParentRoute: () => root, path: '/resources',
  validateSearch: (search: Record<string, unknown>) => ({ ...tabSearch(resourceTabs)(search), ...(typeof search.pipeline === 'string' && search.pipeline !== '' ? { pipeline: search.pipeline } : {}) }),
  component: lazyRouteComponent(() => import('./components/resources/ResourcesPage'), 'ResourcesPage'),
})

const alarms = createRoute({
  getParentRoute: () => root, path: '/alarms', validateSearch: tabSearch(alarmTabs),
  component: lazyRouteComponent(() => import('./components/alarms/AlarmsPage'), 'AlarmsPage'),
})

const workspaces = createRoute({
  getParentRoute: () => root, path: '/workspaces',
  component: lazyRouteComponent(() => import('./components/workspaces/WorkspacesPage'), 'WorkspacesPage'),
})

const settings = createRoute({
  getParentRoute: () => root, path: '/settings', validateSearch: tabSearch(settingTabs),
  component: lazyRouteComponent(() => import('./components/settings/SettingsPage'), 'SettingsPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, runs, compare, run, pipelines, pipeline, designer, newPipeline, data, dataset, labeling, models, model, deployment, experiments, experiment, newSweep, sweep, script, resources, alarms, workspaces, settings]),
  defaultPreload: 'intent',
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
