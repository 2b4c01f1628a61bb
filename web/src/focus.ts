import { tick } from 'svelte'

// keepFocus is called before the rows of a list change. What has the focus in a
// row keeps it while that row stands; when the row goes, the next one that stays
// takes it, or else the one before.
export async function keepFocus(list: HTMLElement | undefined) {
  const on = document.activeElement as HTMLElement | null
  const row = on?.closest<HTMLElement>('[data-row]')
  if (!on || !row || !list?.contains(row)) return
  const rows = [...list.querySelectorAll<HTMLElement>('[data-row]')]
  const at = rows.indexOf(row)
  await tick()
  if (document.activeElement !== document.body) return // it is kept, or somebody moved on
  const next = [on, ...rows.slice(at + 1), ...rows.slice(0, at).reverse()].find((e) => e.isConnected)
  const heir = next ?? list.querySelector<HTMLElement>('[data-row]')
  heir?.focus()
}
