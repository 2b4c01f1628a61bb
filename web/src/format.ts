const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false,
})
export const clockTime = (t: string | number) => clock.format(new Date(t))
export const absolute = (t: string | number) => new Date(t).toISOString().replace('T', ' ')

export function ago(t: string | number, now: number): string {
  const ms = now - new Date(t).getTime()
  return ms < 1000 ? 'just now' : `${duration(ms / 1000)} ago`
}

export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.000995) return `${+(seconds * 1e6).toPrecision(seconds < 1e-6 ? 1 : 3)} µs`
  if (seconds < 0.0995) return `${+(seconds * 1000).toPrecision(2)} ms`
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`
  return `${Math.floor(seconds / 86400)} d`
}

export const count = (n: number) => n.toLocaleString('en-US')
// brief is a count where there is little room; what it stands for is told in full elsewhere.
export const brief = (n: number) => n < 100_000 ? count(n) : n < 1e6 ? `${Math.floor(n / 1000)}k` : `${+(n / 1e6).toPrecision(3)}M`
export const percent = (share: number) => `${(share * 100).toFixed(share && share < 0.01 ? 2 : 1)} %`
export const severity = (type: string) =>
  /^(error\.|message\.dead|task\.failed)/.test(type) ? 'error' : /(rejected|late|disconnected|paused)$/.test(type) ? 'warning' : 'info'

export function bytes(n: number): string {
  const size = Math.abs(n)
  if (size < 1000) return `${Math.round(n)} B`
  const step = Math.min(4, Math.floor(Math.log10(size) / 3))
  return `${+(n / 1000 ** step).toPrecision(3)} ${['B', 'kB', 'MB', 'GB', 'TB'][step]}`
}
