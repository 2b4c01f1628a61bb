import { pause } from './pause.svelte'
import { router } from './router.svelte'

export const places: Record<string, [name: string, href: string]> = {
  o: ['Overview', './'], r: ['Rooms', 'rooms'], e: ['Events', 'events'], q: ['Queues', 'queues'],
  d: ['Dead letters', 'dead-letters'], s: ['System', 'system'], p: ['Play', 'play'],
}

// Rows stand in the order of the page, those of a list that recycles them in the
// order of their numbers.
const rows = () => [...document.querySelectorAll<HTMLElement>('[data-row]')]
  .sort((a, b) => a.parentElement === b.parentElement ? Number(a.dataset.row) - Number(b.dataset.row) : 0)

function step(by: number) {
  const all = rows()
  const at = all.indexOf(document.activeElement as HTMLElement)
  const inside = at < 0 ? all.findIndex((r) => r.contains(document.activeElement)) : at
  all[Math.max(0, Math.min(all.length - 1, inside + by))]?.focus()
}

// listen acts on the keys that work everywhere. Rows of lists carry data-row; x
// and Enter click their [data-select] and [data-open].
export function listen(help: () => void): () => void {
  let going = 0
  const press = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return
    const on = e.target as HTMLElement
    if (on.matches('input:not([type=checkbox]):not([type=range]),textarea,select,[contenteditable]')) {
      if (e.key === 'Escape') on.blur()
      return
    }
    if (document.querySelector('dialog[open]')) return
    if (Date.now() - going < 2500 && places[e.key]) {
      going = 0
      router.go(places[e.key]![1])
    } else if (e.key === 'g') going = Date.now()
    else if (e.key === '?') help()
    else if (e.key === '/') document.querySelector<HTMLElement>('[data-filter]')?.focus()
    else if (e.key === 'p') pause.toggle()
    else if (e.key === 'j') step(1)
    else if (e.key === 'k') step(-1)
    else if (e.key === 'Escape' && on.closest('[data-row]')) (document.activeElement as HTMLElement).blur()
    else if (e.key === 'x') on.querySelector<HTMLElement>('[data-select]')?.click()
    else if (e.key === 'Enter' && on.matches('[data-row]')) on.querySelector<HTMLElement>('[data-open]')?.click()
    else return
    e.preventDefault()
  }
  window.addEventListener('keydown', press)
  return () => window.removeEventListener('keydown', press)
}
