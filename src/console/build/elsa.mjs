// After the build: lays Elsa Studio's package beside the console, as it came; the server serves it at /elsa. Maps and gzip stay away.
import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const dist = process.argv[2] ?? new URL('../dist', import.meta.url).pathname
const from = new URL('../node_modules/@elsa-workflows/elsa-studio-wasm', import.meta.url).pathname
const to = join(dist, 'elsa-studio')
const parts = ['_framework', '_content', 'Elsa.Studio.Host.CustomElements.styles.css', 'Elsa.Studio.Host.CustomElements.styles.css.br']

rmSync(to, { recursive: true, force: true })
if (existsSync(from)) {
  for (const part of parts.filter((p) => existsSync(join(from, p)))) cpSync(join(from, part), join(to, part), { recursive: true, filter: (path) => !/\.(map|gz)$/.test(path) })
} else process.stdout.write('Elsa Studio is not installed: the server says so at /elsa.\n')
