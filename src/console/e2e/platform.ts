import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { held, pipelines, quotas, type Given } from './pipelines'
import { serve } from './server'
import { logExperiment } from './tracking'

/** Starts a real server with a fresh home and the built console, and has it run real pipelines. */
export default async function start(): Promise<() => Promise<void>> {
  const { address, home, stop } = await serve()
  try {
    process.env.MLP_ADDRESS = address
    process.env.MLP_E2E_RUNS = JSON.stringify(await runAll(address, home))
    await logExperiment((path, content) => call(address, path, content))
    await call(address, '/api/v1/quotas/file', { file: JSON.stringify(quotas) }, 'PUT')
    for (const { pipeline } of held) await apply(address, home, pipeline)
  } catch (error) {
    await stop()
    throw error
  }
  return async () => {
    await cancelAll(process.env.MLP_ADDRESS!)
    await stop()
  }
}

// Attempts outlive the server: what still runs is told to end before it goes.
async function cancelAll(address: string): Promise<void> {
  const running = async () => (await call<{ readonly items: readonly Started[] }>(address, '/api/v1/runs?limit=200')).items.filter((r) => !ended.includes(r.state))
  for (const { id } of await running()) await call(address, `/api/v1/runs/${id}/cancel`, {})
  while ((await running()).length > 0) await new Promise((resume) => setTimeout(resume, 100))
}

async function call<T>(address: string, path: string, content?: unknown, method = content === undefined ? 'GET' : 'POST'): Promise<T> {
  const response = await fetch(address + path, content === undefined ? {} : { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(content) })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

interface Started { readonly id: string; readonly state: string }

const ended = ['succeeded', 'failed', 'cancelled']

async function apply(address: string, home: string, pipeline: Given['pipeline']): Promise<Started> {
  await call(address, '/api/v1/pipelines', { pipeline, folder: home })
  return call<Started>(address, '/api/v1/runs', { pipeline: pipeline.id, workingFolder: home })
}

async function runAll(address: string, home: string): Promise<Record<string, string>> {
  const runs: Record<string, string> = {}
  for (const [name, { pipeline, ends, files }] of Object.entries<Given>(pipelines)) {
    for (const [file, text] of Object.entries(files ?? {})) writeFileSync(join(home, file), text)
    const run = await apply(address, home, pipeline)
    runs[name] = run.id
    for (let state = run.state; ends && !ended.includes(state); ) {
      await new Promise((resume) => setTimeout(resume, 50))
      state = (await call<Started>(address, `/api/v1/runs/${run.id}`)).state
    }
  }
  return runs
}
