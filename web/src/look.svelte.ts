import { untrack } from 'svelte'

// Look keeps a list as it is while somebody looks closely: a mouse is over it, the
// focus is on one of its rows, it is scrolled, or a row is open. Nothing then moves
// away from under a click.
export class Look<T> {
  held = $state.raw<T>()
  #why = new Set<string>()

  constructor(private live: () => T) {}

  get shown(): T { return this.held ?? this.live() }

  because(why: string, is: boolean) {
    if (is) this.#why.add(why)
    else this.#why.delete(why)
    if (this.#why.size === 0) this.held = undefined
    else this.held ??= untrack(this.live)
  }

  // catchUp shows what is there now, and keeps that.
  catchUp() { if (this.held !== undefined) this.held = untrack(this.live) }

  attach = (node: HTMLElement) => {
    const enter = (e: PointerEvent) => { if (e.pointerType === 'mouse') this.because('mouse', true) }
    const leave = () => this.because('mouse', false)
    const focus = (e: FocusEvent) => this.because('focus', Boolean((e.target as HTMLElement).closest('[data-row]')))
    // A row that is taken away loses the focus while the page is being changed.
    const blur = () => queueMicrotask(() => this.because('focus', node.contains(document.activeElement?.closest('[data-row]') ?? null)))
    node.addEventListener('pointerenter', enter)
    node.addEventListener('pointerleave', leave)
    node.addEventListener('focusin', focus)
    node.addEventListener('focusout', blur)
    return () => {
      node.removeEventListener('pointerenter', enter)
      node.removeEventListener('pointerleave', leave)
      node.removeEventListener('focusin', focus)
      node.removeEventListener('focusout', blur)
      this.#why.clear()
    }
  }
}
