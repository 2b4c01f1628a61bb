// pause holds back what is new, everywhere on the page, and counts it.
class Pause {
  on = $state(false)
  held = $state(0) // events since
  #last = 0 // the newest event that is known of
  #from = 0
  #timer = 0

  toggle() {
    this.on = !this.on
    this.held = 0
    this.#from = this.#last
    clearInterval(this.#timer)
    if (this.on) this.#timer = window.setInterval(() => (this.held = Math.max(0, this.#last - this.#from)), 250)
  }
  // seen is told the number of the stream's newest event, by whoever hears of it.
  seen(last: number) { if (last > this.#last) this.#last = last }
  // reset follows a stream that has begun anew.
  reset() { this.#last = this.#from = 0 }
}

export const pause = new Pause()
