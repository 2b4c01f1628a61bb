import { api } from './api'
import type { RoomCell, RoomCells, Rooms } from './contract'

const pageSize = 500 // small enough to be read between two frames
export const mostRooms = 10_000 // beyond this a page says that it shows a part

async function* pages(filter: Record<string, string>, signal: AbortSignal): AsyncGenerator<Rooms> {
  let after: string | undefined
  for (let read = 0; read < mostRooms;) {
    const page: Rooms = await api.get('visualization/rooms', { ...filter, limit: pageSize, after }, signal)
    yield page
    read += page.rooms.length
    after = page.next
    if (!after) return
  }
}

// allRooms reads the rooms page by page.
export async function allRooms(filter: Record<string, string>, signal: AbortSignal): Promise<Rooms> {
  let all: Rooms | undefined
  for await (const page of pages(filter, signal)) {
    if (all) { all.rooms.push(...page.rooms); all.next = page.next }
    else all = page
  }
  return all!
}

// CellReader reads what a grid shows of the rooms that are open. A room keeps its cell from one
// reading to the next: ten thousand new ones every two seconds would have the
// garbage collector hold up frames.
export class CellReader {
  #known = new Map<string, RoomCell>()

  async read(filter: Record<string, string>, signal: AbortSignal): Promise<RoomCells> {
    let all: RoomCells | undefined
    for await (const page of pages(filter, signal)) {
      const cells = page.rooms.filter((r) => !r.closed).map((r) => this.#cell(r))
      if (all) { all.rooms.push(...cells); all.next = page.next }
      else all = { ...page, rooms: cells }
    }
    if (this.#known.size > all!.rooms.length) this.#known = new Map(all!.rooms.map((r) => [r.room_id, r]))
    return all!
  }

  #cell({ room_id, health, state, last_activity }: RoomCell): RoomCell {
    let cell = this.#known.get(room_id)
    if (!cell) this.#known.set(room_id, cell = { room_id, health, state, last_activity })
    if (cell.health !== health) cell.health = health
    if (cell.state !== state) cell.state = state
    cell.last_activity = last_activity
    return cell
  }
}
