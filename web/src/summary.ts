import type { GameEvent } from './contract'

const text = (v: unknown): string =>
  typeof v === 'number' ? String(Math.round(v * 100) / 100) : typeof v === 'string' ? v : JSON.stringify(v)

// summary says on one line what an event holds.
export function summary(e: GameEvent): string {
  const d = e.data ?? {}
  if (e.type === 'state.changed') return `${d.from} → ${d.to}`
  return Object.entries(d).map(([key, value]) => `${key}=${text(value)}`).join('  ')
}
