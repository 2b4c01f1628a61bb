import { api, type Problem } from './api'
import { pause } from './pause.svelte'
import type { GameEvent, Journal } from './contract'

// RoomJournal reads a room's journal to its end and then what is added.
export class RoomJournal {
  events = $state.raw<GameEvent[]>([])
  error = $state.raw<Problem>()
  read = $state(false) // to the end, once

  constructor(room: string, every: number) {
    $effect(() => {
      const abort = new AbortController()
      let busy = false
      const more = async () => {
        if (busy || document.hidden || (this.read && pause.on)) return
        busy = true
        try {
          for (let next: number | undefined = 1; next;) {
            const since = this.events.at(-1)?.room_seq ?? 0
            const page: Journal = await api.get(`rooms/${encodeURIComponent(room)}/journal`, { since, limit: 5000 }, abort.signal)
            if (abort.signal.aborted) return
            if (page.events.length) this.events = this.events.concat(page.events)
            next = page.next
          }
          this.read = true
          this.error = undefined
        } catch (e) {
          if (!abort.signal.aborted) this.error = e as Problem
        } finally { busy = false }
      }
      void more()
      const timer = setInterval(() => void more(), every)
      return () => { abort.abort(); clearInterval(timer) }
    })
  }
}
