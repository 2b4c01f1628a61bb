import { address } from './api'
import { contact } from './contact.svelte'
import type { GameEvent, Missed } from './contract'
import { pause } from './pause.svelte'

const held = 5000 // events kept
const textEvery = 250 // ms between updates of text

// EventStream follows events over a WebSocket. After a break it goes on from its
// last sequence number. In a hidden tab it sleeps, and catches up on waking.
export class EventStream {
  events = $state.raw<GameEvent[]>([]) // oldest first
  total = $state(0)
  missed = $state(0) // events that will not come any more
  restarted = $state(false) // the server began a new stream
  onEvent: ((e: GameEvent) => void) | undefined // at once, for what moves

  #socket: WebSocket | undefined
  #last: number | undefined
  #waiting: GameEvent[] = []
  #flush: number | undefined
  #retry: number | undefined
  #delay = 500
  #closed = false

  constructor(private filter: Record<string, string>, past: GameEvent[] = [], since?: number) {
    this.events = past
    this.#last = since ?? past.at(-1)?.seq
    document.addEventListener('visibilitychange', this.#visible)
    this.#flush = window.setInterval(() => this.#show(), textEvery)
    this.#connect()
  }

  close() {
    this.#closed = true
    document.removeEventListener('visibilitychange', this.#visible)
    clearInterval(this.#flush)
    clearTimeout(this.#retry)
    this.#socket?.close()
  }

  #visible = () => {
    if (document.hidden) this.#socket?.close()
    else if (!this.#socket) this.#connect()
  }

  #connect() {
    clearTimeout(this.#retry)
    if (this.#closed || document.hidden) return
    const url = address('events/stream', { ...this.filter, since: this.#last })
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url)
    this.#socket = socket
    socket.onopen = () => { this.#delay = 500; contact.heard() }
    socket.onmessage = (m) => this.#take(JSON.parse(m.data as string))
    socket.onclose = () => {
      if (this.#socket === socket) this.#socket = undefined
      if (this.#closed || document.hidden) return
      this.#retry = window.setTimeout(() => this.#connect(), this.#delay)
      this.#delay = Math.min(this.#delay * 2, 5000)
    }
  }

  #take(frame: GameEvent & { data?: unknown }) {
    contact.heard()
    if (!frame.seq) {
      if (frame.type === 'missed') this.missed += (frame.data as Missed).count
      if (frame.type === 'reset') { this.restarted = true; this.#last = 0 }
      return
    }
    this.#last = frame.seq
    this.#waiting.push(frame)
    // Twice what is kept, so that cutting is rare.
    if (this.#waiting.length > 2 * held) this.#waiting = this.#waiting.slice(-held)
    if (pause.on) pause.held++
    else this.onEvent?.(frame)
  }

  #show() {
    if (pause.on || !this.#waiting.length) return
    this.total += this.#waiting.length
    this.events = this.events.concat(this.#waiting).slice(-held)
    this.#waiting = []
  }
}
