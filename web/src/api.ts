import { contact } from './contact.svelte'

export interface Fault { field: string; value: unknown; allowed: string }

// Problem is what the server, or the way to it, says is wrong.
export class Problem extends Error {
  constructor(
    readonly status: number, // 0: the server was not reached
    readonly code: string,
    detail: string,
    readonly correlation = '',
    readonly errors: Fault[] = [],
  ) { super(detail) }
}

type Query = Record<string, string | number | boolean | undefined>

// address is an API address below the page's base.
export function address(path: string, query: Query = {}): URL {
  const url = new URL(`api/v1/${path}`, document.baseURI)
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(key, String(value))
  }
  return url
}

// patience is how long an answer may take: a line that has died says nothing.
const patience = 10_000

const tokenKey = 'pitboss.token'
// The token lasts as long as the tab does.
export const adminToken = {
  get: () => sessionStorage.getItem(tokenKey) ?? '',
  set: (token: string) => token ? sessionStorage.setItem(tokenKey, token) : sessionStorage.removeItem(tokenKey),
}

async function send<T>(method: string, path: string, query?: Query, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = {}
  if (adminToken.get()) headers.authorization = `Bearer ${adminToken.get()}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  let response: Response, text: string
  try {
    response = await fetch(address(path, query), {
      method, headers, body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.any([AbortSignal.timeout(patience), ...(signal ? [signal] : [])]),
    })
    text = await response.text()
  } catch (e) {
    if ((e as Error).name === 'AbortError') throw e
    contact.lost()
    throw new Problem(0, 'unreachable', 'The server does not answer. Is it running?')
  }
  contact.heard()
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T
  try {
    const p = JSON.parse(text)
    throw new Problem(response.status, p.code ?? '', p.detail ?? p.title, p.correlation_id, p.errors)
  } catch (e) {
    if (e instanceof Problem) throw e
    throw new Problem(response.status, '', response.statusText || `HTTP ${response.status}`)
  }
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => send<T>('GET', path, query, undefined, signal),
  post: <T>(path: string, body?: unknown, query?: Query) => send<T>('POST', path, query, body),
}

// fetchFile saves what is at an address below the page's base. A link could not
// carry the token.
export async function fetchFile(path: string, name: string): Promise<void> {
  const headers: Record<string, string> = adminToken.get() ? { authorization: `Bearer ${adminToken.get()}` } : {}
  let response: Response
  try {
    response = await fetch(new URL(path, document.baseURI), { headers })
  } catch { throw new Problem(0, 'unreachable', 'The server does not answer. Is it running?') }
  if (!response.ok) {
    const p = await response.json().catch(() => ({}))
    throw new Problem(response.status, p.code ?? '', p.detail ?? response.statusText, p.correlation_id)
  }
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
