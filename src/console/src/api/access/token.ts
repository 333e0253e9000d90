const name = 'mlp.token'
const listeners = new Set<() => void>()
let asked = false

/** The token to send, or null where none was entered. */
export const tokenOf = (): string | null => sessionStorage.getItem(name) ?? localStorage.getItem(name)

/** Whether the server asked for a token that we lack, or refused ours. */
export const isAsked = (): boolean => asked

export function enterToken(token: string, keep: boolean): void {
  leave()
  ;(keep ? localStorage : sessionStorage).setItem(name, token)
  set(false)
}

export function leave(): void {
  sessionStorage.removeItem(name)
  localStorage.removeItem(name)
}

export const tokenRefused = (): void => set(true)

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function set(value: boolean): void {
  if (asked === value) return
  asked = value
  listeners.forEach((listener) => listener())
}
