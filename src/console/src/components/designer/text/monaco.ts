// Monaco with what a JSON file needs, from this origin alone; loaded when a text is first looked at.
import 'monaco-editor/features/bracketMatching/register'
import 'monaco-editor/features/clipboard/register'
import 'monaco-editor/features/codicon/register'
import 'monaco-editor/features/comment/register'
import 'monaco-editor/features/contextmenu/register'
import 'monaco-editor/features/diffEditor/register'
import 'monaco-editor/features/documentSymbols/register'
import 'monaco-editor/features/find/register'
import 'monaco-editor/features/folding/register'
import 'monaco-editor/features/format/register'
import 'monaco-editor/features/gotoError/register'
import 'monaco-editor/features/gotoLine/register'
import 'monaco-editor/features/hover/register'
import 'monaco-editor/features/indentation/register'
import 'monaco-editor/features/linesOperations/register'
import 'monaco-editor/features/multicursor/register'
import 'monaco-editor/features/smartSelect/register'
import 'monaco-editor/features/snippet/register'
// What features/suggest/register brings are suggestions in the line alone; the list is here.
import 'monaco-editor/editor/contrib/suggest/browser/suggestController'
import 'monaco-editor/features/wordHighlighter/register'
import 'monaco-editor/features/wordOperations/register'
import { jsonDefaults } from 'monaco-editor/languages/features/json/register'
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import JsonWorker from 'monaco-editor/language/json/json.worker?worker'
import { editor, languages, MarkerSeverity, Range, Uri } from 'monaco-editor/editor'
import { getLocation } from 'jsonc-parser'
import type { ScopePlace } from '@/api/designer/designer'
import { complete, inExpression, scopePlaceOf, type Candidate } from '../model/scope'

self.MonacoEnvironment = { getWorker: (_, label) => (label === 'json' ? new JsonWorker() : new EditorWorker()) }

editor.defineTheme('mlp-light', { base: 'vs', inherit: true, rules: [], colors: { 'editor.background': '#ffffff' } })
editor.defineTheme('mlp-dark', { base: 'vs-dark', inherit: true, rules: [], colors: { 'editor.background': '#1b1e22' } })

/** The schema gives completion and help; what is wrong is told by the platform, which knows more. */
export function teachSchema(schema: unknown): void {
  jsonDefaults.setDiagnosticsOptions({
    validate: true, schemaValidation: 'ignore', comments: 'error', trailingCommas: 'error', enableSchemaRequest: false,
    schemas: [{ uri: 'mlp://pipeline.schema.json', fileMatch: ['*'], schema }],
  })
}

/** What may be read in a place of a text. */
export type ScopeAt = (text: string, place: ScopePlace) => Promise<readonly Candidate[]>

let scopeAt: ScopeAt = () => Promise.resolve([])

/** Who tells what expressions in the text may name. */
export function teachScope(next: ScopeAt): void {
  scopeAt = next
}

languages.registerCompletionItemProvider('json', {
  triggerCharacters: ['.', '{', ' '],
  async provideCompletionItems(model, position) {
    const line = model.getLineContent(position.lineNumber)
    if (!inExpression(line, position.column - 1)) return { suggestions: [] }
    const text = model.getValue()
    const place = scopePlaceOf(getLocation(text, model.getOffsetAt(position)).path, false)
    const completion = place && complete(line, position.column - 1, await scopeAt(text, place))
    if (!completion) return { suggestions: [] }
    const range = new Range(position.lineNumber, completion.start + 1, position.lineNumber, completion.end + 1)
    return { suggestions: completion.candidates.map((c, i) => ({ label: c.text, detail: c.flow === 'value' ? c.type : c.flow, kind: languages.CompletionItemKind.Variable, insertText: c.text, sortText: String(i).padStart(3, '0'), filterText: line.slice(completion.start, completion.end) + c.text, range })) }
  },
})

export { editor, MarkerSeverity, Range, Uri }
