import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, serve, test, troubled, type Page, type Server } from './server'

const token = 'secret-token-of-the-trial'
const broken = ['--tables', '12', '--pace', '30ms', '--faults', 'stuck-rooms=0.5']

// Each trial has a server of its own: what is purged is gone for the next.
let s: Server
test.beforeEach(async () => { s = await serve(...broken); await troubled(s).catch(() => {}) })
test.afterEach(async () => { await s.stop() })

const total = async () => (await s.get('deadletters')).total as number
const settled = async (page: Page) => { await page.goto(`${s.url}/dead-letters`); await expect(page.locator('tr[data-row]').first()).toBeVisible() }

test('by mouse: a purge of all that match asks for the name, shows progress and each result, and is audited', async ({ page }) => {
  await settled(page)
  await page.getByRole('button', { name: /^queue tasks/ }).click()
  await page.getByRole('button', { name: /^Select all/ }).click()
  await expect(page).toHaveURL(/sel=\*/)
  await page.getByRole('button', { name: /^Purge \d/ }).click()
  const dialog = page.getByRole('dialog', { name: /^Purge \d+ dead letters\?/ })
  await expect(dialog).toContainText('queue tasks')
  const go = dialog.getByRole('button', { name: /^Purge \d+ dead letters/ })
  await expect(go).toBeDisabled()
  await dialog.getByRole('textbox').fill('task')
  await expect(go).toBeDisabled()
  await dialog.getByRole('textbox').fill('tasks')
  await go.click()
  await expect(page.getByRole('progressbar', { name: 'Progress' })).toBeVisible()
  await expect(page.getByRole('dialog')).toContainText(/(\d+) of \1 · \1 purged/)
  await expect(page.getByRole('list', { name: 'Result of each' }).getByRole('listitem').first()).toContainText('✓ purged')
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByRole('group', { name: 'Audit' }).getByRole('row').nth(1)).toContainText('purge')
})

test('by keys alone: select two, recover them; open one, edit and retry it', async ({ page }) => {
  await settled(page)
  const before = await total()
  for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key)
  await expect(page.getByText('2 selected')).toBeVisible()
  const two = new URL(page.url()).searchParams.get('sel')!.split(',')
  await page.keyboard.press('Escape') // leaves the row
  await page.getByRole('button', { name: 'Recover 2' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Recover 2 dead letters' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toContainText('2 of 2 · 2 recovered')
  // They leave at once, whatever the server has to say of the list.
  const list = '**/api/v1/deadletters?*'
  await page.route(list, () => {}) // is not answered
  await page.keyboard.press('Escape')
  await expect(page.getByText('0 selected')).toBeVisible()
  for (const id of two) await expect(page.getByRole('link', { name: id, exact: true })).toHaveCount(0)
  await page.unroute(list)
  expect(await total()).toBeLessThanOrEqual(before) // others may have come
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: /^Dead letter \S/ })).toBeVisible()
  await expect(page.getByRole('region', { name: /attempts?$/ })).toContainText('injected fault')
  await page.getByRole('button', { name: 'Edit and retry' }).focus()
  await page.keyboard.press('Enter')
  const payload = page.getByRole('textbox', { name: 'Payload, as JSON' })
  await payload.fill('{')
  await expect(page.getByText('✕ Not JSON')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Retry with this payload' })).toBeDisabled()
  await payload.fill(await payload.evaluate((e: HTMLTextAreaElement) => e.defaultValue || '{}'))
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Retry', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Retry 1 dead letter' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toContainText('1 of 1 · 1 retried')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('group', { name: 'Audit' })).toContainText('retry')
})

test('the row with the focus goes: the next one has it, and Enter opens that', async ({ page }) => {
  await settled(page)
  const rows = page.locator('tr[data-row]')
  const id = (row: number) => rows.nth(row).locator('[data-open]').first().innerText()
  const [gone, next] = [await id(1), await id(2)]
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const focused = page.locator('tr[data-row]:focus [data-open]').first()
  await expect(focused).toHaveText(gone)
  await page.route('**/api/v1/deadletters?*', async (route) => {
    const response = await route.fetch()
    const list = await response.json()
    list.deadletters = list.deadletters.filter((d: { id: string }) => d.id !== gone)
    await route.fulfill({ response, json: list })
  })
  await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))') // as when one comes back to the tab
  await expect(page.getByRole('link', { name: gone, exact: true })).toHaveCount(0)
  await expect(focused).toHaveText(next)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: `Dead letter ${next}`, exact: true })).toBeVisible()
})

test('a retry heals the room that was stuck', async ({ page }) => {
  const { rooms } = await s.get('visualization/rooms?health=stuck')
  const room = rooms[0].room_id
  await page.goto(`${s.url}/dead-letters?key=${room}`)
  await page.getByRole('button', { name: /^Select all/ }).click()
  await page.getByRole('button', { name: /^Retry \d/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: /^Retry \d/ }).click()
  await expect(page.getByRole('dialog')).toContainText('retried')
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await expect.poll(async () => (await s.get(`visualization/rooms/${room}`)).health, { timeout: 20_000 }).toBe('healthy')
})

test('what has failed says so, each', async ({ page }) => {
  await settled(page)
  await page.route('**/deadletters/*/recover', (route) => route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"status":409,"code":"conflict","detail":"It was retried meanwhile."}' }))
  await page.locator('tr[data-row] input').first().check()
  await page.getByRole('button', { name: 'Recover 1' }).click()
  await page.getByRole('button', { name: 'Recover 1 dead letter' }).click()
  await expect(page.getByRole('dialog')).toContainText('✕ 1 failed')
  await expect(page.getByRole('list', { name: 'Result of each' })).toContainText('✕ It was retried meanwhile.')
})

test('without the token nothing is changed: in the page, and by the API', async ({ page }) => {
  const guarded = await serve(...broken, '--admin-token', token)
  await expect.poll(async () => (await guarded.get('deadletters')).total, { timeout: 60_000 }).toBeGreaterThan(0)
  const id = (await guarded.get('deadletters')).deadletters[0].id
  for (const [path, body] of [[`deadletters/${id}/retry`, {}], [`deadletters/${id}/recover`, {}], [`deadletters/${id}/purge`, {}], ['deadletters/purge', { queue: 'tasks' }], ['deadletters/retry', { queue: 'tasks' }], ['rooms', { game: 'liaptui' }], ['system/gc', {}]] as const) {
    expect(await guarded.try(path, body), path).toBe(401)
    expect(await guarded.try(path, body, 'a-wrong-token-of-the-trial'), path).toBe(401)
  }
  await page.goto(`${guarded.url}/dead-letters/${id}`)
  await expect(page.getByText('◆ Read only')).toBeVisible()
  for (const name of ['Retry', 'Edit and retry', 'Recover', 'Purge']) await expect(page.getByRole('button', { name, exact: true })).toBeDisabled()
  await expect(page.getByRole('region', { name: 'Payload' })).toContainText('Not shown')
  await page.getByRole('button', { name: 'Give the token' }).click()
  await page.getByRole('textbox', { name: 'Admin token' }).fill(token)
  await page.keyboard.press('Enter')
  await expect(page.getByText('◆ Read only')).toBeHidden()
  await expect(page.getByRole('region', { name: 'Payload' })).not.toContainText('Not shown')
  await page.getByRole('button', { name: 'Purge' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill(id)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toContainText('1 of 1 · 1 purged')
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByText('There is no such dead letter')).toBeVisible()
  await guarded.stop()
})

test('a page of another origin can neither change nor read', async ({ page }) => {
  const other = http.createServer((_, res) => res.setHeader('content-type', 'text/html').end('<h1>other</h1>'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { deadletters } = await s.get('deadletters?queue=tasks')
  const id = deadletters[0].id
  await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}`)
  const got = await page.evaluate(async ([url, letter]) => {
    const change = (path: string, body: string, type: string) => fetch(`${url}/api/v1/${path}`, { method: 'POST', body, mode: 'no-cors', headers: { 'content-type': type } }).then((r) => r.type, () => 'refused')
    await change(`deadletters/${letter}/purge`, '', 'text/plain')
    await change(`deadletters/${letter}/retry`, '{}', 'text/plain')
    await change('deadletters/purge', '{"queue":"tasks"}', 'text/plain')
    await change('rooms', '{"game":"liaptui","bots":3,"room":"intruder"}', 'text/plain')
    const read = await fetch(`${url}/api/v1/deadletters`).then(() => 'read', () => 'refused')
    const stream = await new Promise((done) => {
      const ws = new WebSocket(`${url!.replace('http', 'ws')}/api/v1/events/stream?since=0`)
      ws.onmessage = () => done('read')
      ws.onclose = () => done('refused')
    })
    const frame = document.createElement('iframe')
    frame.src = url!
    const framed = await new Promise((done) => {
      frame.onload = () => { try { done(frame.contentDocument ? 'empty' : 'closed') } catch { done('closed') } }
      document.body.append(frame)
    })
    return { read, stream, framed }
  }, [s.url, id])
  expect(got).toEqual({ read: 'refused', stream: 'refused', framed: 'closed' })
  expect((await s.get(`deadletters/${id}`)).state).toBe('held')
  expect((await s.get('rooms?limit=1000')).rooms.map((r: { room: string }) => r.room)).not.toContain('intruder')
  await other.close()
})
