import { api } from './api'
import type { Rooms } from './contract'

const pageSize = 500 // small enough to be read between two frames
export const mostRooms = 10_000 // beyond this a page says that it shows a part

// allRooms reads the rooms page by page.
export async function allRooms(filter: Record<string, string>, signal: AbortSignal): Promise<Rooms> {
  const first = await api.get<Rooms>('visualization/rooms', { ...filter, limit: pageSize }, signal)
  for (let next = first.next; next && first.rooms.length < mostRooms;) {
    const page: Rooms = await api.get('visualization/rooms', { ...filter, limit: pageSize, after: next }, signal)
    first.rooms.push(...page.rooms)
    first.next = next = page.next
  }
  return first
}
