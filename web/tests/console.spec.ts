import http from 'node:http'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { expect, prefixed, serve, test } from './server'
import { addresses, pages, themed } from './views'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

for (const [name, path] of Object.entries(pages)) {
  if (name === 'queue') continue
  test(`${name} loads, and reloads the same`, async ({ page, server }) => {
    await page.goto(server.url + path)
    const heading = page.getByRole('heading', { level: 1 })
    const text = await heading.textContent()
    await page.reload()
    await expect(heading).toHaveText(text!)
    await expect(page.locator('[role=alert]')).toHaveCount(0)
  })
}

test('keys lead to every page', async ({ page, server }) => {
  await page.goto(server.url)
  for (const [key, at] of [['r', 'rooms'], ['e', 'events'], ['q', 'queues'], ['d', 'dead-letters'], ['s', 'system'], ['p', 'play'], ['o', '']]) {
    await page.keyboard.press('g')
    await page.keyboard.press(key!)
    await expect(page).toHaveURL(`${server.url}/${at}`)
  }
})

test('the same pages below a prefix', async ({ page, server }) => {
  const proxy = await prefixed(server.url, '/ops/pitboss')
  for (const path of ['/', '/rooms', '/dead-letters', '/play']) {
    await page.goto(proxy.url + path)
    await expect(page.getByRole('heading', { level: 1 })).toBeAttached()
    await expect(page.getByText('● live')).toBeVisible()
  }
  proxy.close()
})

test('silence shows within 3 s, and a restarted server within 10 s', async ({ page }) => {
  const s = await serve('--tables', '2', '--pace', '20ms')
  await page.goto(s.url)
  const badge = page.locator('.badge').first()
  await expect(badge).toContainText('live')
  s.signal('SIGSTOP')
  await expect(badge).toContainText('stale', { timeout: 5000 })
  s.signal('SIGCONT')
  await expect(badge).toContainText('live')
  await s.restart()
  await expect(badge).toContainText('live', { timeout: 10_000 })
  await s.stop()
})

test('a page of another origin can neither change nor read', async ({ page, server }) => {
  const other = http.createServer((_, res) => res.setHeader('content-type', 'text/html').end('<h1>other</h1>'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const before = (await server.get('status')).rooms
  await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}`)
  const got = await page.evaluate(async (url) => {
    const answer = await fetch(`${url}/api/v1/rooms`, { method: 'POST', body: '{"game":"liaptui","bots":3}', mode: 'no-cors' }).then((r) => r.type, () => 'refused')
    const read = await fetch(`${url}/api/v1/status`).then(() => 'read', () => 'refused')
    const stream = await new Promise((done) => {
      const ws = new WebSocket(`${url.replace('http', 'ws')}/api/v1/events/stream`)
      ws.onmessage = () => done('read')
      ws.onclose = () => done('refused')
    })
    return { answer, read, stream }
  }, server.url)
  expect(got.read).toBe('refused')
  expect(got.stream).toBe('refused')
  expect((await server.get('status')).rooms).toBe(before)
  other.close()
})

test('without the token nothing changes', async ({ page }) => {
  const s = await serve('--admin-token', 'secret-token-of-the-trial')
  await page.goto(`${s.url}/play`)
  await page.getByRole('button', { name: 'Open the table' }).click()
  await expect(page.getByRole('alert')).toContainText('401')
  await page.getByRole('button', { name: 'Enter the admin token' }).click()
  await page.getByRole('textbox', { name: 'Admin token' }).fill('secret-token-of-the-trial')
  await page.getByRole('button', { name: 'Use', exact: true }).click()
  await page.getByRole('button', { name: 'Open the table' }).click()
  await expect(page.getByText('● connected')).toBeVisible()
  await s.stop()
})

test('axe finds nothing', async ({ page, server }) => {
  test.setTimeout(240_000)
  const found: string[] = []
  const views = await addresses(server)
  for (const [name, path] of Object.entries(views)) {
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [360, 768, 1440, 1920]) {
        await themed(page, theme, width)
        await page.goto(server.url + path)
        await expect(page.getByRole('heading', { level: 1 })).toBeAttached()
        await page.waitForTimeout(300)
        const violations = await page.evaluate(`${axe}; axe.run().then((r) => r.violations.map((v) => v.id + ' ' + v.nodes[0].target))`) as string[]
        found.push(...violations.map((v) => `${name} ${width} ${theme}: ${v}`))
      }
    }
  }
  expect(found).toEqual([])
})
