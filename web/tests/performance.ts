import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { Tab } from './chromium'
import { serve, type Server } from './server'

// What the console may cost, and what it does cost. SECONDS says how long each
// load is watched, MINUTES how long the heap is. TRACE=1 also writes what the
// browser did to test-results, for the Performance panel of its developer tools.
const seconds = +(process.env.SECONDS ?? 20)
const minutes = +(process.env.MINUTES ?? 3)
const report: string[] = []
const say = (what: string, is: string, limit: string, good: boolean) => report.push(`${good ? '✓' : '✕'} ${what.padEnd(56)} ${is.padStart(10)}   allowed: ${limit}`)

test.afterEach(() => {
  console.log(`\n${report.join('\n')}\n`)
  const bad = report.filter((line) => line.startsWith('✕'))
  report.length = 0
  expect(bad).toEqual([])
})

// crowd opens rooms of four bots one after the other, so that they do not move in
// step, and waits until they play.
async function crowd(rooms: number, pace: number): Promise<Server> {
  const s = await serve('--pace', `${pace}s`, '--log-level', 'error')
  const began = Date.now()
  let made = 0
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (made < rooms) {
      const due = began + pace * 1000 * made++ / rooms - Date.now()
      if (due > 0) await new Promise((done) => setTimeout(done, due))
      const { room } = await s.post('rooms', { game: 'liaptui', bots: 4 })
      if (!room) throw new Error('a room was not opened')
    }
  }))
  await new Promise((done) => setTimeout(done, pace * 1000))
  return s
}

// watch counts in the page what an eye would see. A paint is the first frame in
// which something was drawn after an event came.
const watch = `(() => {
  const seen = window.seen = { on: true, frames: 0, tasks: [], late: [], events: 0 }
  let drawn = false
  const canvas = CanvasRenderingContext2D.prototype
  const { fillRect, drawImage } = canvas
  canvas.fillRect = function (...a) { drawn = true; fillRect.apply(this, a) }
  canvas.drawImage = function (...a) { drawn = true; drawImage.apply(this, a) }
  seen.end = () => { seen.on = false; Object.assign(canvas, { fillRect, drawImage }); seen.tasks = [] }
  let waiting = []
  const after = new MessageChannel() // ends after the frame's painting
  after.port1.onmessage = () => {
    if (!drawn) return
    const now = performance.timeOrigin + performance.now()
    for (const at of waiting) seen.late.push(now - at)
    waiting = []
    drawn = false
  }
  const frame = () => { if (!seen.on) return; seen.frames++; after.port2.postMessage(0); requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
  new PerformanceObserver((list) => { for (const t of list.getEntries()) seen.tasks.push(t.duration) }).observe({ type: 'longtask' })
  const Own = WebSocket
  window.WebSocket = class extends Own {
    constructor(...a) {
      super(...a)
      this.addEventListener('message', (m) => {
        if (!seen.on) return
        const frame = JSON.parse(m.data)
        for (const e of [frame].flat()) {
          seen.events++
          if (e.room) waiting.push(Date.parse(e.time))
        }
      })
    }
  }
})()`

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

// trace keeps what the browser does for a while.
async function trace(tab: Tab, name: string) {
  const traceEvents = await tab.trace(() => pause(seconds * 1000))
  mkdirSync('test-results', { recursive: true })
  writeFileSync(`test-results/${name}.trace.json`, JSON.stringify({ traceEvents }))
}

async function look(tab: Tab, s: Server, name: string) {
  await tab.open(s.url, watch)
  await tab.send('Performance.enable', { timeDomain: 'threadTicks' }) // processor time: a busy machine counts for nothing
  while (!await tab.evaluate('document.querySelectorAll("svg a.node").length')) await pause(200)
  await pause(4000)
  tab.hurry()
  await pause(2000)
  await tab.evaluate('Object.assign(seen, { frames: 0, late: [], events: 0 }); 0')
  const began = Date.now()
  await pause(seconds * 1000)
  const took = (Date.now() - began) / 1000
  const seen = await tab.evaluate('seen') as { frames: number; late: number[]; events: number }
  seen.late.sort((a, b) => a - b)
  // The counting itself costs something, so the work is measured without it.
  await tab.evaluate('seen.end(); 0')
  const [before, from] = [await tab.metrics(), Date.now()]
  await pause(seconds * 1000)
  const [after, spent] = [await tab.metrics(), Date.now() - from]
  const tasks = await tab.evaluate('seen.tasks') as number[]
  const share = (metric: string) => 1000 * (after[metric]! - before[metric]!) / spent
  if (process.env.TRACE) await trace(tab, name)
  return {
    rate: seen.events / took, fps: seen.frames / took, longest: Math.max(0, ...tasks), main: share('TaskDuration'), script: share('ScriptDuration'),
    p50: seen.late[Math.floor(seen.late.length * 0.5)] ?? NaN, p95: seen.late[Math.floor(seen.late.length * 0.95)] ?? NaN,
  }
}

test('size', async ({ page }) => {
  const s = await serve('--tables', '1')
  const loaded = new Set<string>()
  page.on('response', (r) => { if (/\.(js|css)$/.test(r.url())) loaded.add(r.url().split('/').pop()!) })
  await page.goto(s.url)
  await expect(page.locator('svg a.node').first()).toBeVisible()
  await s.stop()
  const folder = '../console/dist/assets/'
  const size = (name: string) => gzipSync(readFileSync(folder + name), { level: 9 }).length / 1000
  const all = readdirSync(folder).filter((f) => /\.(js|css)$/.test(f))
  const first = [...loaded].reduce((n, f) => n + size(f), 0), whole = all.reduce((n, f) => n + size(f), 0)
  say('JS and CSS at first load, gzipped', `${first.toFixed(1)} kB`, '≤ 100 kB', first <= 100)
  say('JS and CSS in all, gzipped', `${whole.toFixed(1)} kB`, '≤ 150 kB', whole <= 150)
})

test('2,000 rooms', async () => {
  const s = await crowd(2000, 16.5)
  const tab = new Tab()
  const got = await look(tab, s, '2000-rooms')
  say(`2,000 rooms, ${got.rate.toFixed(0)} events/s: server to paint, p95`, `${got.p95.toFixed(0)} ms`, '≤ 150 ms', got.p95 <= 150)
  say('  p50', `${got.p50.toFixed(0)} ms`, '', true)
  say('  frames', `${got.fps.toFixed(1)}/s`, '≥ 50/s', got.fps >= 50)
  say('  main thread', `${(100 * got.main).toFixed(1)} %`, '≤ 25 %', got.main <= 0.25)
  say('  of that, scripts', `${(100 * got.script).toFixed(1)} %`, '', true)
  say('  longest task', `${got.longest.toFixed(0)} ms`, '', true)
  const [from, began] = [await tab.heap(), Date.now()]
  await pause(minutes * 60_000)
  const grown = await tab.heap() - from
  const half = grown * 30 * 60_000 / (Date.now() - began)
  say(`  heap growth in 30 min${minutes < 30 ? `, going by ${minutes} min` : ''}`, `${half.toFixed(1)} MB`, '≤ 5 MB', half <= 5)
  expect(tab.faults).toEqual([])
  await tab.close()
  await s.stop()
})

test('10,000 rooms', async () => {
  const s = await crowd(10_000, 10.5)
  const tab = new Tab()
  const got = await look(tab, s, '10000-rooms')
  say(`10,000 rooms, ${got.rate.toFixed(0)} events/s: longest task`, `${got.longest.toFixed(0)} ms`, '≤ 50 ms', got.longest <= 50)
  say('  frames', `${got.fps.toFixed(1)}/s`, '', true)
  say('  main thread', `${(100 * got.main).toFixed(1)} %`, '', true)
  expect(tab.faults).toEqual([])
  await tab.close()
  await s.stop()
})
