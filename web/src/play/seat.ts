// What this browser knows of its own seats: whoever opens a room again comes
// back to the seat that they had.
export interface OwnSeat { player: string; session?: string }

const key = (room: string) => `pitboss.seat.${room}`

export function ownSeat(room: string): OwnSeat | undefined {
  try { return JSON.parse(localStorage.getItem(key(room)) ?? '') } catch { return undefined }
}
export const keepSeat = (room: string, seat: OwnSeat) => localStorage.setItem(key(room), JSON.stringify(seat))
export const dropSeat = (room: string) => localStorage.removeItem(key(room))

export const playerName = {
  get: () => localStorage.getItem('pitboss.player') ?? '',
  set: (name: string) => localStorage.setItem('pitboss.player', name),
}
export const wellFormed = (name: string) => /^[A-Za-z0-9._-]{1,64}$/.test(name)
