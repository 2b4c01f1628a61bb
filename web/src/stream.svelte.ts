import { address } from './api'
import { contact } from './contact.svelte'
import type { GameEvent, Missed } from './contract'
import { pause } from './pause.svelte'

export const kept = 5000 // events
const textEvery = 250 // ms between updates of text
const deaf = 10_000 // ms of silence after which a connection is not trusted any more

// A frame is events that came together, or a notice, which has no number.
type Frame = GameEvent & { data?: unknown }

// EventStream follows events over a WebSocket. After a break it goes on from its
// last sequence number. In a hidden tab it sleeps, and catches up on waking.
export class EventStream {
  events = $state.raw<GameEvent[]>([]) // oldest first
  total = $state(0) // that came, of which the latest are kept
  missed = $state(0) // events that will not come any more
  restarted = $state(false) // the server began a new stream
  onEvent = new Set<(e: GameEvent) => void>() // at once, for what moves

  #socket: WebSocket | undefined
  #opened = 0
  #last: number | undefined
  #waiting: GameEvent[] = []
  #came = 0 // since the text was updated
  #flush: number | undefined
  #retry: number | undefined
  #delay = 500
  #closed = false

  constructor(private filter: Record<string, string>, past: GameEvent[] = [], since?: number) {
    this.events = past
    this.#last = since ?? past.at(-1)?.seq
    document.addEventListener('visibilitychange', this.#visible)
    this.#flush = window.setInterval(() => { this.#show(); this.#distrust() }, textEvery)
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
    const url = address('events/stream', { ...this.filter, since: this.#last, batch: true })
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url)
    this.#socket = socket
    this.#opened = Date.now()
    socket.onopen = () => { this.#delay = 500; contact.heard() }
    socket.onmessage = (m) => {
      contact.heard()
      const frame: Frame | Frame[] = JSON.parse(m.data as string)
      if (Array.isArray(frame)) for (const f of frame) this.#take(f)
      else this.#take(frame)
    }
    socket.onclose = () => {
      if (this.#socket === socket) this.#socket = undefined
      if (this.#socket || this.#closed || document.hidden) return
      this.#retry = window.setTimeout(() => this.#connect(), this.#delay)
      this.#delay = Math.min(this.#delay * 2, 5000)
    }
  }

  // distrust leaves a connection behind that may have died without a word.
  #distrust() {
    const socket = this.#socket
    if (!socket || contact.age < deaf || Date.now() - this.#opened < deaf) return
    socket.onmessage = null
    socket.close()
    this.#connect()
  }

  #take(frame: Frame) {
    if (!frame.seq) {
      if (frame.type === 'missed') this.missed += (frame.data as Missed).count
      if (frame.type === 'reset') { this.restarted = true; this.#last = 0; pause.reset() }
      return
    }
    this.#last = frame.seq
    this.#came++
    this.#waiting.push(frame)
    // Twice what is kept, so that cutting is rare.
    if (this.#waiting.length > 2 * kept) this.#waiting = this.#waiting.slice(-kept)
    pause.seen(frame.seq)
    if (!pause.on) for (const f of this.onEvent) f(frame)
  }

  #show() {
    if (pause.on || !this.#waiting.length) return
    this.total += this.#came
    this.events = this.events.concat(this.#waiting).slice(-kept)
    this.#waiting = []
    this.#came = 0
  }
}
