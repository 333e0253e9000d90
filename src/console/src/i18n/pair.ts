/** The two languages of one part of the console. A key that one of them lacks, or has too much, does not compile. */
export function pair<const E extends Record<string, string>>(en: E, zh: { [K in keyof E]: string }) {
  return { en, zh }
}
