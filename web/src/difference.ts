export interface Difference { path: string; before: string; after: string }

const flat = (value: unknown, path: string, into: Map<string, string>) => {
  if (value && typeof value === 'object' && Object.keys(value).length) {
    for (const [key, inner] of Object.entries(value)) flat(inner, path ? `${path}.${key}` : key, into)
  } else into.set(path, JSON.stringify(value) ?? '–')
}

// differences lists what two values of the same shape do not share.
export function differences(before: unknown, after: unknown): Difference[] {
  const [a, b] = [new Map<string, string>(), new Map<string, string>()]
  flat(before, '', a)
  flat(after, '', b)
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((path) => ({ path, before: a.get(path) ?? '–', after: b.get(path) ?? '–' }))
    .filter((d) => d.before !== d.after)
}
