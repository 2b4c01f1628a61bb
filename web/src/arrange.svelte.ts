import type { Diagram } from './contract'

export const nodeWidth = 140
export const nodeHeight = 74

export interface Shape { states: string[]; changes: [string, string][]; width: number; height: number; down: boolean }
export interface Layout {
  width: number; height: number
  nodes: Record<string, { x: number; y: number }>
  edges: Record<string, { path: string; x: number; y: number }>
}

// A diagram is laid out away from the page's own thread, and anew only when
// states or transitions come.
let known: { key: string; layout: Layout } | undefined

export class Arrangement {
  layout = $state.raw<Layout | undefined>(known?.layout)

  // down: from top to bottom, for narrow screens.
  constructor(diagram: () => Diagram, down: () => boolean) {
    const shape = $derived(JSON.stringify({
      states: diagram().nodes.map((n) => n.name), changes: diagram().edges.map((e) => [e.from, e.to]), width: nodeWidth, height: nodeHeight, down: down(),
    }))
    $effect(() => {
      const key = shape
      if (known?.key === key) { this.layout = known.layout; return }
      const worker = new Worker(new URL('./layout.ts', import.meta.url), { type: 'module' })
      worker.onmessage = (m: MessageEvent<Layout>) => {
        known = { key, layout: m.data }
        this.layout = m.data
        worker.terminate()
      }
      worker.postMessage(JSON.parse(key))
      return () => worker.terminate()
    })
  }
}
