import { api } from './api'
import type { EventPage, GameEvent } from './contract'
import { router } from './router.svelte'

// OpenEvent is the event that the address names. It stays open when it leaves the
// list, and is asked for where it is not in it: the address may have been sent.
export class OpenEvent {
  #kept = $state.raw<GameEvent>()
  gone = $state(false) // the server holds it no more
  #seq = $derived(Number(router.query.get('event')) || 0)
  readonly event = $derived(this.#kept?.seq === this.#seq ? this.#kept : undefined)

  // list is undefined as long as it has not been read.
  constructor(list: () => GameEvent[] | undefined) {
    const listed = $derived(this.#seq ? list()?.find((e) => e.seq === this.#seq) : undefined)
    const ask = $derived(list() && !listed && !this.event ? this.#seq : 0)
    $effect(() => { if (listed) this.#kept = listed })
    $effect(() => {
      this.gone = false
      if (!ask) return
      const abort = new AbortController()
      api.get<EventPage>('events', { since: ask - 1, limit: 1 }, abort.signal).then((page) => {
        const found = page.events.find((e) => e.seq === ask)
        if (found) this.#kept = found
        else this.gone = true
      }, () => {}) // the panel of the list tells what is wrong with the server
      return () => abort.abort()
    })
  }
}
