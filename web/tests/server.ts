import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { program } from './build'
import { test as plain, expect, type Page } from '@playwright/test'

const faults = ['--faults', 'bot-tasks=0.0004,stuck-rooms=0.15,events=0.5']

// Server is a real pitboss on a free loopback port.
export class Server {
  process!: ChildProcess
  url = ''
  #data = mkdtempSync(join(tmpdir(), 'pitboss-e2e-'))
  constructor(private flags: string[]) {}

  async start(port = 0) {
    this.process = spawn(program, ['serve', '--listen', `127.0.0.1:${port}`, '--data', this.#data, ...this.flags], { stdio: ['ignore', 'pipe', 'ignore'] })
    for await (const line of createInterface(this.process.stdout!)) {
      const at = /listening on (\S+)/.exec(line)
      if (at) { this.url = at[1]!; return }
    }
    throw new Error('the server did not start')
  }
  signal(s: NodeJS.Signals) { this.process.kill(s) }
  async kill(s: NodeJS.Signals = 'SIGKILL') {
    if (this.process.exitCode !== null) return
    this.process.kill(s)
    await once(this.process, 'exit')
  }
  async restart() {
    await this.kill('SIGTERM')
    await this.start(+new URL(this.url).port)
  }
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill()
    rmSync(this.#data, { recursive: true, force: true })
  }
  // try asks for a change and returns how that is answered.
  async try(path: string, body: unknown = {}, token = ''): Promise<number> {
    const headers: Record<string, string> = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
    return (await fetch(`${this.url}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status
  }
  async get(path: string): Promise<any> { return (await fetch(`${this.url}/api/v1/${path}`)).json() }
  async post(path: string, body: unknown): Promise<any> {
    const r = await fetch(`${this.url}/api/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    return r.json()
  }
}

// serve starts a server; flags come after those of all trials.
export async function serve(...flags: string[]): Promise<Server> {
  const s = new Server(['--store', 'memory', ...flags])
  await s.start()
  return s
}

// troubled waits until the injected faults show: dead letters, and a room that is
// stuck because of one.
export async function troubled(server: Server) {
  await expect.poll(async () => (await server.get('deadletters')).total, { timeout: 60_000 }).toBeGreaterThan(2)
  await expect.poll(async () => (await server.get('visualization/rooms?health=stuck')).rooms.length, { timeout: 60_000 }).toBeGreaterThan(0)
  await expect.poll(async () => (await server.get('visualization/state-diagram')).nodes.length, { timeout: 60_000 }).toBeGreaterThan(6)
}

// prefixed is a proxy that takes a path off before it asks the server.
export async function prefixed(target: string, prefix: string): Promise<{ url: string; close: () => void }> {
  const to = new URL(target)
  const strip = (url: string) => url.slice(prefix.length) || '/'
  const proxy = http.createServer((req, res) => {
    if (!req.url!.startsWith(`${prefix}/`)) { res.writeHead(404).end(); return }
    req.pipe(http.request({ host: to.hostname, port: to.port, path: strip(req.url!), method: req.method, headers: req.headers }, (up) => {
      res.writeHead(up.statusCode!, up.headers)
      up.pipe(res)
    }).on('error', () => res.destroy()))
  })
  proxy.on('upgrade', (req, socket, head) => {
    const up = net.connect(+to.port, to.hostname, () => {
      const lines = [`GET ${strip(req.url!)} HTTP/1.1`]
      for (let i = 0; i < req.rawHeaders.length; i += 2) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`)
      up.write(`${lines.join('\r\n')}\r\n\r\n`)
      up.write(head)
      up.pipe(socket).pipe(up)
    })
    up.on('error', () => socket.destroy())
    socket.on('error', () => up.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return { url: `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}${prefix}`, close: () => { proxy.closeAllConnections(); proxy.close() } }
}

// test has a server that plays with faults; every page's complaints fail it.
export const test = plain.extend<{ quiet: void }, { server: Server }>({
  server: [async ({}, use) => {
    const s = await serve('--tables', '24', '--pace', '60ms', ...faults)
    await use(s)
    await s.stop()
  }, { scope: 'worker' }],
  quiet: [async ({ page }, use) => {
    const complaints: string[] = []
    page.on('pageerror', (e) => complaints.push(String(e)))
    // Of frame-ancestors only other pages complain, which try to frame the console.
    page.on('console', (m) => { if (/Content Security Policy/.test(m.text()) && !/frame-ancestors/.test(m.text())) complaints.push(m.text()) })
    await use()
    expect(complaints).toEqual([])
  }, { auto: true }],
})
export { expect, type Page }
