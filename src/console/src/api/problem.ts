/** What the server said went wrong (RFC 9457), or that it said nothing at all. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly hint: string | null,
    readonly request: string,
  ) {
    super(`${code}: ${detail}`)
  }

  /** Nothing answered. */
  get isUnreachable(): boolean {
    return this.status === 0
  }

  static async read(response: Response, request: string): Promise<Problem> {
    const text = await response.text()
    let told: Record<string, unknown> = {}
    try {
      const parsed: unknown = JSON.parse(text)
      if (parsed !== null && typeof parsed === 'object') told = parsed as Record<string, unknown>
    } catch {
      // Not JSON: a proxy between us and the server answered; its words are the detail.
    }
    const word = (value: unknown, otherwise: string) => (typeof value === 'string' && value.length > 0 ? value : otherwise)
    return new Problem(
      response.status,
      word(told.code, `HTTP-${response.status}`),
      word(told.title, response.statusText),
      word(told.detail, text.slice(0, 500) || response.statusText || `${response.status}`),
      typeof told.hint === 'string' ? told.hint : null,
      request,
    )
  }

  static unreachable(error: unknown, request: string): Problem {
    return error instanceof Problem ? error : new Problem(0, 'HTTP-0', '', error instanceof Error ? error.message : String(error), null, request)
  }
}
