import type { Diagram } from './contract'

export interface Shape { states: string[]; changes: [string, string][]; down: boolean }
export interface Layout {
  width: number; height: number
  nodes: Record<string, { x: number; y: number }>
  edges: Record<string, { path: string; x: number; y: number }>
}

// A diagram is laid out away from the page's own thread, and anew only when
// states or transitions come.
let known: { key: string; down: boolean; layout: Layout } | undefined

export class Arrangement {
  layout = $state.raw<Layout | undefined>(known?.layout)
  down = $state(known?.down ?? false)

  // down: from top to bottom, for narrow screens.
  constructor(diagram: () => Diagram, down: () => boolean) {
    const shape = $derived(JSON.stringify({
      states: diagram().nodes.map((n) => n.name), changes: diagram().edges.map((e) => [e.from, e.to]), down: down(),
    } satisfies Shape))
    const show = (made: NonNullable<typeof known>) => { this.layout = made.layout; this.down = made.down }
    $effect(() => {
      const key = shape
      if (known?.key === key) { show(known); return }
      const worker = new Worker(new URL('./layout.ts', import.meta.url), { type: 'module' })
      worker.onmessage = (m: MessageEvent<Layout>) => {
        show(known = { key, down: JSON.parse(key).down, layout: m.data })
        worker.terminate()
      }
      worker.postMessage(JSON.parse(key))
      return () => worker.terminate()
    })
  }
}
