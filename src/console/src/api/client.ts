import createClient from 'openapi-fetch'
import { tokenOf, tokenRefused } from './access/token'
import { Problem } from './problem'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

/** The platform's API, typed by its OpenAPI document. Whatever is no success throws a {@link Problem}. */
export const api = createClient<paths>({ baseUrl: '', fetch: (request) => fetch(request) })

export function authorization(): Record<string, string> {
  const token = tokenOf()
  return token === null ? {} : { Authorization: `Bearer ${token}` }
}

api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value)
    return request
  },
  async onResponse({ request, response }) {
    if (response.ok) return
    if (response.status === 401) tokenRefused()
    throw await Problem.read(response, `${request.method} ${new URL(request.url).pathname}`)
  },
  onError({ error, request }) {
    return Problem.unreachable(error, `${request.method} ${new URL(request.url).pathname}`)
  },
})

/** The body of a call that went well. */
export async function body<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call
  return data as T
}
