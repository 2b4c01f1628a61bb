// colour is what a design token stands for in the theme of box, for what CSS
// does not reach: a canvas.
export function colour(box: HTMLElement, token: string): string {
  box.style.color = `var(${token})`
  const found = getComputedStyle(box).color
  box.style.color = ''
  return found
}
