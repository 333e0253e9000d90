import { editor } from '../designer/text/monaco'

// The stock colours of comments are too faint on the dark ground, and on what a comparison marks.
editor.defineTheme('mlp-code-light', { base: 'vs', inherit: true, rules: [{ token: 'comment', foreground: '0a5c0a' }], colors: { 'editor.background': '#ffffff' } })
editor.defineTheme('mlp-code-dark', { base: 'vs-dark', inherit: true, rules: [{ token: 'comment', foreground: 'b5dba0' }], colors: { 'editor.background': '#1b1e22', 'diffEditor.insertedTextBackground': '#2f6f2f40', 'diffEditor.insertedLineBackground': '#2f6f2f33' } })

/** Colours for programs, as the page has them. */
export const codeTheme = (scheme: 'light' | 'dark'): void => editor.setTheme(scheme === 'dark' ? 'mlp-code-dark' : 'mlp-code-light')
