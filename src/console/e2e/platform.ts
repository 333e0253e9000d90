import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { held, pipelines, quotas, type Given } from './pipelines'
import { logExperiment } from './tracking'

const root = resolve(import.meta.dirname, '../../..')
const mlp = process.env.MLP_DLL ?? join(root, 'tests/MLPlatform.IntegrationTests/bin/Debug/net10.0/mlp.dll')

/** Starts a real server with a fresh home and the built console, and has it run real pipelines. */
export default async function start(): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'mlp-console-'))
  const server = spawn('dotnet', [mlp, 'serve', '--home', home, '--address', 'http://127.0.0.1:0'], {
    env: { ...process.env, MLP_Console__Folder: join(import.meta.dirname, '../dist') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    const address = await addressOf(server)
    process.env.MLP_ADDRESS = address
    process.env.MLP_E2E_RUNS = JSON.stringify(await runAll(address, home))
    await logExperiment((path, content) => call(address, path, content))
    await call(address, '/api/v1/quotas/file', { file: JSON.stringify(quotas) }, 'PUT')
    for (const { pipeline } of held) await apply(address, home, pipeline)
  } catch (error) {
    await stop(server, home)
    throw error
  }
  return async () => {
    await cancelAll(process.env.MLP_ADDRESS!)
    await stop(server, home)
  }
}

// Attempts outlive the server: what still runs is told to end before it goes.
async function cancelAll(address: string): Promise<void> {
  const running = async () => (await call<{ readonly items: readonly Started[] }>(address, '/api/v1/runs?limit=200')).items.filter((r) => !ended.includes(r.state))
  for (const { id } of await running()) await call(address, `/api/v1/runs/${id}/cancel`, {})
  while ((await running()).length > 0) await new Promise((resume) => setTimeout(resume, 100))
}

async function stop(server: ChildProcess, home: string): Promise<void> {
  if (server.exitCode === null) {
    const ended = new Promise((resume) => server.once('exit', resume))
    server.kill('SIGTERM')
    await ended
  }
  endSupervisor(home)
  rmSync(home, { recursive: true, force: true })
}

// The supervisor outlives the server so that attempts do; here it goes, by the id that it wrote down.
function endSupervisor(home: string): void {
  try {
    const { pid } = JSON.parse(readFileSync(join(home, 'supervisor.json'), 'utf8')) as { readonly pid: number }
    process.kill(pid)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error
  }
}

function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resume, fail) => {
    let said = ''
    const timer = setTimeout(() => fail(new Error(`the server did not say where it listens:\n${said}`)), 60_000)
    const listen = (piece: Buffer) => {
      said += piece.toString()
      const address = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(said)?.[0]
      if (address) {
        clearTimeout(timer)
        resume(address)
      }
    }
    server.stdout?.on('data', listen)
    server.stderr?.on('data', listen)
    server.once('exit', (code) => fail(new Error(`the server ended with ${code}:\n${said}`)))
  })
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
