import { pause } from './pause.svelte'
import type { Problem } from './api'

// Poll asks again and again while it is looked at. It keeps the last good
// answer beside the present error.
export class Poll<T> {
  data = $state.raw<T>()
  error = $state.raw<Problem>()
  refresh: () => void = () => {}

  // ask is tracked: what it reads before its first await starts it anew.
  constructor(ask: (signal: AbortSignal) => Promise<T>, every: number, evenPaused = false) {
    $effect(() => {
      const abort = new AbortController()
      let timer = 0
      let busy = false
      const run = async (answer: () => Promise<T>) => {
        if (busy) return
        busy = true
        try {
          const data = await answer()
          if (abort.signal.aborted) return
          this.data = data
          this.error = undefined
        } catch (e) {
          if (!abort.signal.aborted) this.error = e as Problem
        } finally { busy = false }
      }
      const due = () => { if (!document.hidden && (evenPaused || !pause.on)) void run(() => ask(abort.signal)) }
      this.refresh = () => void run(() => ask(abort.signal))
      void run(() => ask(abort.signal))
      if (every) timer = window.setInterval(due, every)
      document.addEventListener('visibilitychange', due)
      return () => {
        abort.abort()
        clearInterval(timer)
        document.removeEventListener('visibilitychange', due)
      }
    })
  }
}
