import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { NotFound } from './components/problem/NotFound'
import { Fault } from './components/problem/Boundary'
import { compareSearch, runPageSearch, runSearch } from './components/runs/search'
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

const designView = (search: Record<string, unknown>): { view?: 'picture' | 'text' } => (search.view === 'text' ? { view: 'text' } : {})

const designer = createRoute({
  getParentRoute: () => root, path: '/designer/$pipeline', validateSearch: designView,
  component: lazyRouteComponent(() => import('./components/designer/DesignerPage'), 'DesignerPage'),
})

const newPipeline = createRoute({
  getParentRoute: () => root, path: '/designer', validateSearch: designView,
  component: lazyRouteComponent(() => import('./components/designer/DesignerPage'), 'NewPipelinePage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, runs, compare, run, pipelines, pipeline, designer, newPipeline]),
  defaultPreload: 'intent',
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
