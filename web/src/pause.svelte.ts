// pause holds back what is new, everywhere on the page.
class Pause {
  on = $state(false)
  held = $state(0) // events since
  toggle() { this.on = !this.on; this.held = 0 }
}

export const pause = new Pause()
