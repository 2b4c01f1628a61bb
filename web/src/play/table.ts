// The table as one seat sees it. The server tells it once, and then only what
// happened: apply keeps up.
import type { GameEvent } from '../contract'

export interface Laid { seat: number; pieces: string[]; type?: string; strength?: number; leads?: boolean }
export interface Table {
  phase: string; round: number; multiplier: number; starter: number | null; current: number[]
  declared: (number | null)[]; taken: number[]; scores: number[]; turn: number
  plays: Laid[]; hand_sizes: number[]; hand: string[]
  winner?: number | undefined // of the turn that was played last
  points?: number[] | undefined // of the round that was scored last
}
export interface Turn { phase: string; deadline?: string; turn: number; legal: unknown }

export const seats = 4
const kinds = ['GENERAL', 'ADVISOR', 'ELEPHANT', 'CHARIOT', 'HORSE', 'CANNON', 'SOLDIER']

// worth is a piece's points.
export function worth(piece: string): number {
  const [name, colour] = piece.split('_')
  return 14 - 2 * kinds.indexOf(name!) - (colour === 'BLACK' ? 1 : 0)
}

const withAt = <T>(list: T[], at: number, value: T) => list.map((x, i) => (i === at ? value : x))

// without is the hand after some of its pieces have left it.
export function without(hand: string[], pieces: string[]): string[] {
  const left = [...hand]
  for (const p of pieces) { const at = left.indexOf(p); if (at >= 0) left.splice(at, 1) }
  return left
}

// same says whether two lists hold the same pieces.
export const same = (a: string[], b: string[]) => a.length === b.length && !without(a, b).length

export function apply(t: Table, e: GameEvent, me: number): Table {
  const d = e.data ?? {}
  switch (e.type) {
    case 'state.changed': {
      const next = { ...t, phase: d.to as string, current: [] as number[] }
      if (d.to === 'PREPARATION') Object.assign(next, { plays: [], winner: undefined, points: undefined })
      if (d.to === 'ROUND_START') next.starter = d.detail?.starter ?? null
      if (d.to === 'DECLARATION' && t.starter !== null) next.current = [t.starter]
      if (d.to === 'SCORING') Object.assign(next, { scores: d.detail.totals, points: d.detail.points })
      return next
    }
    case 'round.started':
      return {
        ...t, round: d.round, multiplier: d.multiplier, hand: d.hand ?? [], hand_sizes: [8, 8, 8, 8], turn: 0,
        declared: [null, null, null, null], taken: [0, 0, 0, 0], plays: [], winner: undefined, points: undefined,
      }
    case 'declaration.made': {
      const declared = withAt(t.declared, d.seat, d.piles as number | null)
      const next = (d.seat + 1) % seats
      return { ...t, declared, current: declared[next] === null ? [next] : [] }
    }
    case 'turn.started':
      return { ...t, turn: d.turn, plays: [], winner: undefined, current: [d.starter] }
    case 'piece.played': {
      const plays = [...t.plays.map((p) => (d.leads ? { ...p, leads: false } : p)), d as Laid]
      return {
        ...t, plays, current: plays.length < seats ? [(d.seat + 1) % seats] : [],
        hand_sizes: withAt(t.hand_sizes, d.seat, t.hand_sizes[d.seat]! - d.pieces.length),
        hand: d.seat === me ? without(t.hand, d.pieces) : t.hand,
      }
    }
    case 'turn.ended':
      return { ...t, winner: d.winner, current: [], taken: withAt(t.taken, d.winner, t.taken[d.winner]! + d.piles) }
  }
  return t
}

// told says in words what happened; undefined where it is of no interest.
export function told(e: GameEvent, name: (seat: number) => string): string | undefined {
  const d = e.data ?? {}
  switch (e.type) {
    case 'game.started': return 'The game begins.'
    case 'round.started': return `Round ${d.round} is dealt${d.redeals ? `, anew: it counts ×${d.multiplier}` : ''}.`
    case 'redeal.requested': return `${name(d.seat)} asks for a redeal.`
    case 'redeal.declined': return `${name(d.seat)} keeps the hand.`
    case 'declaration.made': return `${name(d.seat)} declares ${d.piles}.`
    case 'piece.played': return `${name(d.seat)} plays ${d.pieces.map(words).join(', ')}${d.type ? ` (${kind(d.type)})` : ''}${d.leads ? ' and leads' : ''}.`
    case 'turn.ended': return `${name(d.winner)} takes ${d.piles} ${d.piles === 1 ? 'pile' : 'piles'}.`
    case 'player.disconnected': return `${e.player} lost the connection.`
    case 'player.reconnected': return `${e.player} is back.`
    case 'game.ended': return 'The game is over.'
    case 'state.changed': if (d.to === 'SCORING') return `Round scored: ${d.detail.points.map((p: number, i: number) => `${name(i)} ${p > 0 ? '+' : ''}${p}`).join(', ')}.`
  }
  return undefined
}

export const kind = (type: string) => type.toLowerCase().replaceAll('_', ' ')
export const words = (piece: string) => { const [n, c] = piece.toLowerCase().split('_'); return `${c} ${n}` }
