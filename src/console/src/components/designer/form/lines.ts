const wide = 36
const most = 8

/**
 * How many lines a field shows. Browsers that size a field by its content do so by the style `grows`; this is for the others.
 * Fields that measure themselves in the page, each as it opens, took longer than all else of a form.
 */
export const linesOf = (text: string): number =>
  Math.min(most, text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / wide)), 0))
