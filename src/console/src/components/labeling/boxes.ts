/** A box in percent of its picture. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly label: string
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** No box is thinner: it could not be seen or taken hold of. */
export const least = 0.5

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
const rounded = (value: number): number => Math.round(value * 100) / 100

/** The box between two corners, inside the picture; null where it is too thin to be meant. */
export function boxBetween(a: Point, b: Point, label: string): Box | null {
  const [x1, x2] = [clamp(Math.min(a.x, b.x), 0, 100), clamp(Math.max(a.x, b.x), 0, 100)]
  const [y1, y2] = [clamp(Math.min(a.y, b.y), 0, 100), clamp(Math.max(a.y, b.y), 0, 100)]
  if (x2 - x1 < least || y2 - y1 < least) return null
  return { x: rounded(x1), y: rounded(y1), width: rounded(x2 - x1), height: rounded(y2 - y1), label }
}

/** Where a box begins that was asked for by a key. */
export const middleBox = (label: string): Box => ({ x: 35, y: 35, width: 30, height: 30, label })

/** Moves a box, or its lower right corner, by percents; it stays inside the picture. */
export function shifted(box: Box, x: number, y: number, grow: boolean): Box {
  return grow
    ? { ...box, width: rounded(clamp(box.width + x, least, 100 - box.x)), height: rounded(clamp(box.height + y, least, 100 - box.y)) }
    : { ...box, x: rounded(clamp(box.x + x, 0, 100 - box.width)), y: rounded(clamp(box.y + y, 0, 100 - box.height)) }
}

/** The smallest box over a point, so that one inside another can be reached; -1 where there is none. */
export function boxAt(boxes: readonly Box[], { x, y }: Point): number {
  let found = -1
  boxes.forEach((b, i) => {
    const inside = x >= b.x && x <= b.x + b.width && y >= b.y && y <= b.y + b.height
    if (inside && (found < 0 || b.width * b.height < boxes[found]!.width * boxes[found]!.height)) found = i
  })
  return found
}
