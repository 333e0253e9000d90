import { useEffect, useRef, useState } from 'react'

/** A canvas as sharp as the screen, drawn anew whenever its size or what is drawn changes. */
export function useCanvas(draw: (context: CanvasRenderingContext2D, width: number, height: number, colour: (name: string) => string) => void) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useEffect(() => {
    const holder = canvas.current?.parentElement
    if (!holder) return
    const watch = new ResizeObserver(() => setSize({ width: holder.clientWidth, height: holder.clientHeight }))
    watch.observe(holder)
    return () => watch.disconnect()
  }, [])
  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context || size.width === 0) return
    const sharp = window.devicePixelRatio || 1
    element.width = size.width * sharp
    element.height = size.height * sharp
    context.setTransform(sharp, 0, 0, sharp, 0, 0)
    context.clearRect(0, 0, size.width, size.height)
    const style = getComputedStyle(element)
    draw(context, size.width, size.height, (name) => style.getPropertyValue(name))
  }, [draw, size])
  return { canvas, size }
}
