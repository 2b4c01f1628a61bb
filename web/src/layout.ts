import { Graph, layout } from '@dagrejs/dagre'
import type { Diagram } from './contract'

export const nodeWidth = 164
export const nodeHeight = 74

export interface Layout {
  width: number; height: number
  nodes: Record<string, { x: number; y: number }>
  edges: Record<string, { path: string; x: number; y: number }>
}

let cachedKey = ''
let cached: Layout | undefined

// arrange places the states. It is done anew only when states or transitions come.
export function arrange(d: Diagram): Layout {
  const key = JSON.stringify([d.nodes.map((n) => n.name), d.edges.map((e) => [e.from, e.to])])
  if (cached && key === cachedKey) return cached
  const g = new Graph({ multigraph: false })
  g.setGraph({ rankdir: 'LR', nodesep: 34, ranksep: 76, marginx: 8, marginy: 8 })
  g.setDefaultEdgeLabel(() => ({}))
  for (const n of d.nodes) g.setNode(n.name, { width: nodeWidth, height: nodeHeight })
  for (const e of d.edges) g.setEdge(e.from, e.to, { width: 56, height: 30, labelpos: 'c' })
  layout(g)
  const made: Layout = { width: g.graph().width ?? 0, height: g.graph().height ?? 0, nodes: {}, edges: {} }
  for (const name of g.nodes()) {
    const n = g.node(name)
    made.nodes[name] = { x: n.x! - nodeWidth / 2, y: n.y! - nodeHeight / 2 }
  }
  for (const e of g.edges()) {
    const edge = g.edge(e) as { points: { x: number; y: number }[]; x: number; y: number }
    made.edges[`${e.v}~${e.w}`] = { path: curve(edge.points), x: edge.x, y: edge.y }
  }
  cachedKey = key
  return (cached = made)
}

// curve goes smoothly through the middles between the points.
function curve(p: { x: number; y: number }[]): string {
  let d = `M${p[0]!.x},${p[0]!.y}`
  for (let i = 1; i < p.length - 1; i++) {
    const a = p[i]!, b = p[i + 1]!
    const last = i === p.length - 2
    d += ` Q${a.x},${a.y} ${last ? b.x : (a.x + b.x) / 2},${last ? b.y : (a.y + b.y) / 2}`
  }
  return p.length === 2 ? `${d} L${p[1]!.x},${p[1]!.y}` : d
}
