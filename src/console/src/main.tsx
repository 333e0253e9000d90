import '@mantine/core/styles.css'
import { MantineProvider } from '@mantine/core'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { isAsked, subscribe } from './api/access/token'
import { Problem } from './api/problem'
import { SignIn } from './components/access/SignIn'
import { Boundary } from './components/problem/Boundary'
import { LanguageProvider } from './i18n/Language'
import { router } from './router'
import { theme, variables } from './theme/theme'

const queries = new QueryClient({
  queryCache: new QueryCache(),
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // What the server refused it refuses again; only silence is worth another try.
      retry: (count, error) => count < 3 && error instanceof Problem && (error.isUnreachable || error.status >= 502),
    },
  },
})

function App() {
  const asked = useSyncExternalStore(subscribe, isAsked)
  return asked ? <SignIn /> : <RouterProvider router={router} />
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <Boundary><App /></Boundary>
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  </StrictMode>,
)
