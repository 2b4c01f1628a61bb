import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { getPriority, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

// Tab is a page of a Chromium that nobody else talks to: Playwright asks to be
// told of every frame of a WebSocket, which costs the page as much as the frame.
export class Tab {
  #process: ChildProcess
  #profile = mkdtempSync(join(tmpdir(), 'pitboss-chromium-'))
  #calls = new Map<number, { done: (v: any) => void; failed: (e: Error) => void }>()
  #id = 0
  #session: string | undefined
  #traced: { events: object[]; done: () => void } | undefined
  readonly faults: string[] = []

  constructor() {
    this.#process = spawn(process.env.CHROMIUM ?? '/usr/bin/chromium', [
      '--headless=new', '--no-sandbox', '--remote-debugging-pipe', '--hide-scrollbars', '--no-first-run', '--enable-precise-memory-info',
      '--window-size=1440,1000', `--user-data-dir=${this.#profile}`, 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    this.#process.on('exit', () => { for (const c of this.#calls.values()) c.failed(new Error('Chromium has ended')) })
    let rest = ''
    ;(this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0')
      rest = parts.pop()!
      for (const part of parts) this.#take(JSON.parse(part))
    })
  }

  #take(m: { id?: number; result?: any; error?: { message: string }; method?: string; params?: any }) {
    if (m.method === 'Runtime.exceptionThrown') this.faults.push(m.params.exceptionDetails.exception?.description ?? m.params.exceptionDetails.text)
    if (m.method === 'Tracing.dataCollected') this.#traced?.events.push(...m.params.value)
    if (m.method === 'Tracing.tracingComplete') this.#traced?.done()
    const call = this.#calls.get(m.id ?? 0)
    if (!call) return
    this.#calls.delete(m.id!)
    if (m.error) call.failed(new Error(m.error.message))
    else call.done(m.result)
  }

  send(method: string, params: object = {}): Promise<any> {
    const id = ++this.#id
    ;(this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...(this.#session ? { sessionId: this.#session } : {}) })}\0`)
    return new Promise((done, failed) => this.#calls.set(id, { done, failed }))
  }

  // open goes to an address with a script that runs before the page's own.
  async open(url: string, before = '') {
    const { targetInfos } = await this.send('Target.getTargets')
    const { targetId } = targetInfos.find((t: { type: string }) => t.type === 'page')
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    this.#session = sessionId
    await this.send('Page.enable')
    await this.send('Runtime.enable')
    await this.send('Page.addScriptToEvaluateOnNewDocument', { source: before })
    await this.send('Page.navigate', { url })
  }

  async evaluate(expression: string): Promise<any> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  async metrics(): Promise<Record<string, number>> {
    const { metrics } = await this.send('Performance.getMetrics')
    return Object.fromEntries(metrics.map((m: { name: string; value: number }) => [m.name, m.value]))
  }

  // trace returns what the browser's threads did meanwhile, as the Performance
  // panel of the developer tools reads it.
  async trace(meanwhile: () => Promise<void>): Promise<object[]> {
    const events: object[] = []
    const complete = new Promise<void>((done) => (this.#traced = { events, done }))
    const includedCategories = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel', 'blink.user_timing', 'v8', 'disabled-by-default-v8.cpu_profiler']
    await this.send('Tracing.start', { traceConfig: { includedCategories }, transferMode: 'ReportEvents' })
    await meanwhile()
    await this.send('Tracing.end')
    await complete
    return events
  }

  // heap is what is in use after garbage was collected, in MB.
  async heap(): Promise<number> {
    await this.send('HeapProfiler.collectGarbage')
    return (await this.send('Runtime.getHeapUsage')).usedSize / 1e6
  }

  // hurry gives every thread of the browser the priority that this program has:
  // Chromium gives itself an ordinary one. Where it is measured with a higher one,
  // what else the machine does counts for little.
  hurry() {
    const parents = new Map<number, number>()
    for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
      try { parents.set(+name, +readFileSync(`/proc/${name}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[1]!) } catch { /* it has ended */ }
    }
    const ours = (pid: number | undefined): boolean => pid !== undefined && pid > 1 && (pid === this.#process.pid || ours(parents.get(pid)))
    for (const pid of [...parents.keys()].filter(ours)) {
      try { for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(+thread, getPriority()) } catch { /* it has ended */ }
    }
  }

  async close() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL')
      await once(this.#process, 'exit')
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 })
  }
}
