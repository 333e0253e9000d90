// After the build: compresses every file once, and holds the size of the first page. The server serves what lies here.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const most = 500_000 // bytes of gzip for everything that the first page loads
const dist = process.argv[2] ?? new URL('../dist', import.meta.url).pathname
const compressed = /\.(js|css|html|svg|json|wasm)$/

const files = readdirSync(dist, { recursive: true }).map((name) => join(dist, name)).filter((path) => statSync(path).isFile())
const sizes = new Map()
for (const path of files) {
  if (!compressed.test(path)) continue
  const bytes = readFileSync(path)
  const gzip = gzipSync(bytes, { level: 9 })
  sizes.set(path, gzip.length)
  if (bytes.length < 1024) continue
  writeFileSync(path + '.gz', gzip)
  const quality = bytes.length > 1 << 20 ? 9 : 11
  writeFileSync(path + '.br', brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }))
}

const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
const first = new Set()
const add = (key) => {
  const chunk = manifest[key]
  if (!chunk || first.has(chunk.file)) return
  first.add(chunk.file)
  chunk.css?.forEach((file) => first.add(file))
  chunk.imports?.forEach(add)
}
add('index.html')
// The page that / leads to is loaded lazily, yet at once.
add('src/components/runs/RunsPage.tsx')
const total = [...first].reduce((sum, file) => sum + (sizes.get(join(dist, file)) ?? 0), sizes.get(join(dist, 'index.html')) ?? 0)
process.stdout.write(`First page: ${(total / 1000).toFixed(0)} kB gzip of ${most / 1000} kB, ${first.size} files; in all ${files.length} files\n`)
if (total > most) {
  process.stderr.write('The first page is too large: load what it does not need when it is opened.\n')
  process.exit(1)
}
