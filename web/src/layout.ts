import { Graph, layout } from '@dagrejs/dagre'
import type { Layout, Shape } from './arrange.svelte'
import { boxHeight, boxWidth } from './statebox'

// What an edge says stands beside its line, in a box that nothing else is laid
// over.
const said = { width: 62, height: 50 }

// place lays the states out in the order in which they are gone through. It runs
// in a worker.
function place({ states, changes, down }: Shape): Layout {
  const g = new Graph({ multigraph: false })
  g.setGraph({ rankdir: down ? 'TB' : 'LR', nodesep: 24, edgesep: 14, ranksep: 14, marginx: 8, marginy: 14 })
  g.setDefaultEdgeLabel(() => ({}))
  for (const name of states) g.setNode(name, { width: boxWidth(name), height: boxHeight })
  for (const [from, to] of changes) g.setEdge(from, to, { ...said, labelpos: down ? 'r' : 'l', labeloffset: 4 })
  layout(g)
  const made: Layout = { width: g.graph().width ?? 0, height: g.graph().height ?? 0, nodes: {}, edges: {} }
  for (const name of g.nodes()) {
    const n = g.node(name)
    made.nodes[name] = { x: n.x! - n.width / 2, y: n.y! - boxHeight / 2 }
  }
  for (const e of g.edges()) {
    const { points } = g.edge(e) as { points: Point[] }
    made.edges[`${e.v}~${e.w}`] = { path: curve(points), ...middle(points) }
  }
  return made
}

interface Point { x: number; y: number }
const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })

// curve goes smoothly through the middles between the points.
function curve(p: Point[]): string {
  let d = `M${p[0]!.x},${p[0]!.y}`
  for (let i = 1; i < p.length - 1; i++) {
    const to = i === p.length - 2 ? p[i + 1]! : between(p[i]!, p[i + 1]!)
    d += ` Q${p[i]!.x},${p[i]!.y} ${to.x},${to.y}`
  }
  return p.length === 2 ? `${d} L${p[1]!.x},${p[1]!.y}` : d
}

// middle is where the curve comes closest to the point in its middle.
function middle(p: Point[]): Point {
  if (p.length < 3) return between(p[0]!, p.at(-1)!)
  const i = p.length >> 1
  const from = i === 1 ? p[0]! : between(p[i - 1]!, p[i]!)
  const to = i === p.length - 2 ? p[i + 1]! : between(p[i]!, p[i + 1]!)
  return between(between(from, p[i]!), between(p[i]!, to))
}

addEventListener('message', (m: MessageEvent<Shape>) => postMessage(place(m.data)))
