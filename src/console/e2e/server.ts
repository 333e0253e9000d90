import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
const mlp = process.env.MLP_DLL ?? join(root, 'tests/MLPlatform.IntegrationTests/bin/Debug/net10.0/mlp.dll')

export interface Server {
  readonly address: string
  readonly home: string
  readonly stop: () => Promise<void>
  /** The admin token that it made where it asks for tokens. */
  readonly token: string | null
}

/**
 * Starts a real server with a fresh home and the built console. Settings are environment variables without `MLP_`: `Pipelines__Git__Repository`.
 * A published program is started in its home, and has to bring the console itself.
 */
export async function serve(settings: Readonly<Record<string, string>> = {}, home = mkdtempSync(join(tmpdir(), 'mlp-console-')), published?: string): Promise<Server> {
  const server = spawn('dotnet', [published ?? mlp, 'serve', '--home', home, '--address', 'http://127.0.0.1:0'], {
    ...(published === undefined ? {} : { cwd: home }),
    env: { ...process.env, ...(published === undefined ? { MLP_Console__Folder: join(import.meta.dirname, '../dist') } : {}), ...Object.fromEntries(Object.entries(settings).map(([n, v]) => [`MLP_${n}`, v])) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    const { address, token } = await saidBy(server)
    return { address, token, home, stop: () => stop(server, home) }
  } catch (error) {
    await stop(server, home)
    throw error
  }
}

/** While a file of tests runs, all its addresses are those of this server. */
export async function instead(settings: Readonly<Record<string, string>>, published?: string): Promise<Server> {
  const server = await serve(settings, undefined, published)
  const before = process.env.MLP_ADDRESS!
  process.env.MLP_ADDRESS = server.address
  return { ...server, stop: async () => {
    process.env.MLP_ADDRESS = before
    await server.stop()
  } }
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

function saidBy(server: ChildProcess): Promise<{ readonly address: string; readonly token: string | null }> {
  return new Promise((resume, fail) => {
    let said = ''
    const timer = setTimeout(() => fail(new Error(`the server did not say where it listens:\n${said}`)), 60_000)
    const listen = (piece: Buffer) => {
      said += piece.toString()
      // The line that ends what a start says: whatever comes before it, the admin token too, has been read by then.
      const address = / at (http:\/\/127\.0\.0\.1:[1-9]\d*) \(home /.exec(said)?.[1]
      if (address) {
        clearTimeout(timer)
        resume({ address, token: /Admin token, shown this once: (\S+)/.exec(said)?.[1] ?? null })
      }
    }
    server.stdout?.on('data', listen)
    server.stderr?.on('data', listen)
    server.once('exit', (code) => fail(new Error(`the server ended with ${code}:\n${said}`)))
  })
}
