const order = ['auto', 'light', 'dark'] as const
const key = 'pitboss.theme'

class Theme {
  name = $state<(typeof order)[number]>(order.find((t) => t === localStorage.getItem(key)) ?? 'auto')
  constructor() { this.apply() }
  next() {
    this.name = order[(order.indexOf(this.name) + 1) % order.length]!
    localStorage.setItem(key, this.name)
    this.apply()
  }
  apply() { document.documentElement.dataset.theme = this.name }
}

export const theme = new Theme()
