import { Graph, layout } from '@dagrejs/dagre'
import type { Shape, Layout } from './arrange.svelte'

// place lays the states out in the order in which they are gone through. It runs
// in a worker.
function place({ states, changes, width, height, down }: Shape): Layout {
  const g = new Graph({ multigraph: false })
  g.setGraph({ rankdir: down ? 'TB' : 'LR', nodesep: down ? 24 : 30, ranksep: 20, marginx: 8, marginy: 8 })
  g.setDefaultEdgeLabel(() => ({}))
  for (const name of states) g.setNode(name, { width, height })
  for (const [from, to] of changes) g.setEdge(from, to, { width: 56, height: 34, labelpos: 'c' })
  layout(g)
  const made: Layout = { width: g.graph().width ?? 0, height: g.graph().height ?? 0, nodes: {}, edges: {} }
  for (const name of g.nodes()) {
    const n = g.node(name)
    made.nodes[name] = { x: n.x! - width / 2, y: n.y! - height / 2 }
  }
  for (const e of g.edges()) {
    const edge = g.edge(e) as { points: { x: number; y: number }[]; x: number; y: number }
    made.edges[`${e.v}~${e.w}`] = { path: curve(edge.points), x: edge.x, y: edge.y }
  }
  return made
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

addEventListener('message', (m: MessageEvent<Shape>) => postMessage(place(m.data)))
