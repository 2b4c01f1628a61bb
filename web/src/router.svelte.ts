// Addresses live below the page's base, so that the console works under any prefix.
const base = new URL('.', document.baseURI).pathname

function read() {
  const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length) : ''
  return {
    segments: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: new URLSearchParams(location.search),
  }
}

class Router {
  #at = $state.raw(read())
  get page(): string { return this.#at.segments[0] ?? '' }
  get name(): string | undefined { return this.#at.segments[1] }
  get query(): URLSearchParams { return this.#at.query }

  refresh() { this.#at = read() }

  go(href: string, replace = false) {
    const url = new URL(href, document.baseURI)
    history[replace ? 'replaceState' : 'pushState'](null, '', url)
    this.refresh()
    if (!replace) window.scrollTo(0, 0)
  }

  // set changes parameters of the present view; empty ones leave the address.
  set(changes: Record<string, string | number | undefined>, replace = true) {
    const url = new URL(location.href)
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined || value === '') url.searchParams.delete(key)
      else url.searchParams.set(key, String(value))
    }
    if (url.href !== location.href) this.go(url.href, replace)
  }
}

export const router = new Router()

window.addEventListener('popstate', () => router.refresh())
document.addEventListener('click', (e) => {
  if (e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
  const link = (e.target as Element).closest('a')
  if (!link?.href || link.target || link.hasAttribute('download')) return
  const url = new URL(link.href)
  if (url.origin !== location.origin || !url.pathname.startsWith(base)) return
  if (/^(api|metrics|debug)\b/.test(url.pathname.slice(base.length))) return
  e.preventDefault()
  router.go(link.href)
})

const enc = encodeURIComponent
// to builds addresses relative to the base.
export const to = {
  room: (id: string, at?: number) => `rooms/${enc(id)}${at ? `?at=${at}` : ''}`,
  trace: (id: string) => `trace/${enc(id)}`,
  state: (name: string) => `states/${enc(name)}`,
  edge: (from: string, next: string) => `edges/${enc(from)}~${enc(next)}`,
  queue: (name: string) => `queues/${enc(name)}`,
  deadLetter: (id: string) => `dead-letters/${enc(id)}`,
  events: (filter: Record<string, string>) => `events?${new URLSearchParams(filter)}`,
}
