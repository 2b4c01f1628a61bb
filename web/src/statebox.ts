// The box of a state in the diagram, in pixels. It is as wide as its name needs.
export const boxWidth = (name: string) => Math.max(108, Math.round(8.6 * name.length) + 24)
export const boxHeight = 68
