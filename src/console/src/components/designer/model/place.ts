/** The parts of a diagnostic's JSON path: `$.activities['a.b'].inputs.rules[0]`. */
export function placeOf(path: string): readonly (string | number)[] {
  const parts: (string | number)[] = []
  for (const m of path.replace(/^\$/, '').matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(['"])((?:(?!\3).)*)\3\]/g)) parts.push(m[2] !== undefined ? Number(m[2]) : (m[1] ?? m[4]!))
  return parts
}

export const activityOf = (path: string): string | null => {
  const parts = placeOf(path)
  return parts[0] === 'activities' && typeof parts[1] === 'string' ? parts[1] : null
}
