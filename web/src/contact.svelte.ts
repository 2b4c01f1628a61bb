// contact knows when the server was last heard of, whether by an answer or an event.
const staleAfter = 2500 // so that the badge shows it within 3 s

class Contact {
  #last = Date.now()
  #lost = false
  age = $state(0) // milliseconds of silence
  state = $state<'live' | 'stale' | 'offline'>('live')
  now = $state(Date.now()) // for relative times, each second

  heard() { this.#last = Date.now(); this.#lost = false }
  lost() { this.#lost = true }
  tick() {
    const now = Date.now()
    if (now - this.now >= 1000) this.now = now
    this.age = now - this.#last
    this.state = this.#lost ? 'offline' : this.age > staleAfter ? 'stale' : 'live'
  }
}

export const contact = new Contact()
setInterval(() => { if (!document.hidden) contact.tick() }, 250)
