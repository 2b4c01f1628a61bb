// contact knows when the server was last heard of, whether by an answer or an event.
const staleAfter = 3000

class Contact {
  #last = Date.now()
  #lost = false
  age = $state(0) // milliseconds of silence
  state = $state<'live' | 'stale' | 'offline'>('live')
  now = $state(Date.now()) // for relative times

  heard() { this.#last = Date.now(); this.#lost = false }
  lost() { this.#lost = true }
  tick() {
    this.now = Date.now()
    this.age = this.now - this.#last
    this.state = this.#lost ? 'offline' : this.age > staleAfter ? 'stale' : 'live'
  }
}

export const contact = new Contact()
setInterval(() => { if (!document.hidden) contact.tick() }, 500)
