import { contact } from '../contact.svelte'
import type { GameEvent } from '../contract'
import { keepSeat, type OwnSeat } from './seat'
import { apply, type Table, type Turn } from './table'

export type Link = 'connecting' | 'open' | 'lost' | 'replaced' | 'over' | 'refused'

// Match is a person's seat in a room, over the WebSocket that every client
// plays by. After a break it comes back to the seat with its session and asks
// for what it missed.
export class Match {
  link = $state<Link>('connecting')
  seat = $state(-1)
  table = $state.raw<Table>()
  turn = $state.raw<Turn>()
  log = $state.raw<GameEvent[]>([]) // what happened, oldest first
  refusal = $state('') // what the server last said against a move
  waiting = $state(false) // for the answer to a move
  lostAt = $state(0)
  skew = 0 // how far this clock is ahead of the server's, in ms

  #socket: WebSocket | undefined
  #seen = 0 // the last event that came
  #shown = 0 // the last event that the table knows of
  #sent = 0
  #tries = 0
  #retry = 0
  #closed = false
  #run = Math.random().toString(36).slice(2, 8) // ids differ from those before a reload

  constructor(readonly room: string, private own: OwnSeat) { this.#connect() }

  close() {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#socket?.close()
  }

  again() { this.#tries = 0; this.link = 'connecting'; clearTimeout(this.#retry); this.#connect() }

  send(type: string, data: unknown = {}) {
    this.refusal = ''
    if (this.link !== 'open') { this.refusal = 'Not connected: the move was not sent.'; return }
    this.waiting = true
    this.#socket?.send(JSON.stringify({ id: `${this.#run}-${++this.#sent}`, type, turn: this.turn?.turn ?? 0, data }))
  }

  #connect() {
    const url = new URL('play', document.baseURI)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    url.searchParams.set('room', this.room)
    url.searchParams.set('player', this.own.player)
    if (this.own.session) url.searchParams.set('session', this.own.session)
    if (this.own.session && this.#seen) url.searchParams.set('since', String(this.#seen))
    const socket = new WebSocket(url)
    this.#socket = socket
    let welcomed = false
    socket.onmessage = (m) => {
      contact.heard()
      const frame = JSON.parse(m.data as string)
      if (frame.type === 'welcome') { welcomed = true; this.#tries = 0 }
      this.#take(frame)
    }
    socket.onclose = (e) => {
      if (this.#closed || this.#socket !== socket) return
      this.waiting = false
      this.turn = undefined
      if (e.code === 1000) this.link = 'over'
      else if (e.code === 4001) this.link = 'replaced'
      else if (!welcomed && ++this.#tries > 6) this.link = 'refused'
      else {
        if (this.link === 'open') this.lostAt = Date.now()
        this.link = this.lostAt ? 'lost' : 'connecting'
        this.#retry = window.setTimeout(() => this.#connect(), Math.min(300 * 2 ** this.#tries, 3000))
      }
    }
  }

  #take(f: any) {
    switch (f.type) {
      case 'welcome':
        this.own = { ...this.own, session: f.data.session }
        keepSeat(this.room, this.own)
        this.seat = f.data.seat
        this.table = { ...f.data.state, hand: f.data.state.hand ?? [] }
        this.#shown = f.data.seq
        if (!this.#seen) this.#seen = f.data.seq
        this.link = 'open'
        this.lostAt = 0
        break
      case 'event': {
        const e = f.data as GameEvent
        if (f.seq <= this.#seen) break
        if (this.#seen && f.seq > this.#seen + 1) this.#socket?.send(JSON.stringify({ id: `${this.#run}-${++this.#sent}`, type: 'resync' }))
        this.#seen = f.seq
        this.log = [...this.log, e].slice(-400)
        if (f.seq > this.#shown && this.table) {
          this.skew = Date.now() - Date.parse(e.time)
          this.table = apply(this.table, e, this.seat)
          this.#shown = f.seq
        }
        // What was open has been answered, by the person or for them.
        if (e.type === 'player.action' && e.data?.seat === this.seat) this.turn = undefined
        break
      }
      case 'turn': this.turn = f.data; break
      case 'ack': this.waiting = false; break
      case 'error': this.waiting = false; this.refusal = `${f.message} (${f.code})`; break
    }
  }
}
