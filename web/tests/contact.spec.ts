import { expect, serve, test } from './server'

const storeOf = (store: string) => (store === 'memory' ? [] : ['--store', store])

test('silence shows within 3 s, and life at once', async ({ page }) => {
  const s = await serve('--tables', '2', '--pace', '20ms')
  await page.goto(s.url)
  const badge = page.locator('.badge').first()
  await expect(badge).toContainText('live')
  s.signal('SIGSTOP')
  const began = Date.now()
  await expect(badge).toContainText(/stale\s+\d+ s/, { timeout: 5000 })
  expect(Date.now() - began).toBeLessThan(3500) // half a second for whoever looks
  s.signal('SIGCONT')
  await expect(badge).toContainText('live')
  await s.stop()
})

for (const store of ['memory', 'embedded']) {
  test(`after a restart (${store}) the page goes on within 10 s and says what is missing`, async ({ page }) => {
    const s = await serve('--tables', '2', '--pace', '20ms', ...storeOf(store))
    await page.goto(`${s.url}/events`)
    const badge = page.locator('.badge').first()
    await expect(page.locator('[data-row]').first()).toBeVisible()
    await s.restart()
    const began = Date.now()
    await expect(badge).toContainText('live', { timeout: 10_000 })
    await expect(page.getByText(/The server began a new stream of events|events are missing here/)).toBeVisible({ timeout: 10_000 })
    const { last } = (await s.get('status')).stream
    await expect.poll(async () => (await page.locator('[data-row="0"] time').getAttribute('datetime'))! > new Date(began).toISOString(), { timeout: 10_000 }).toBe(true)
    expect(last).toBeGreaterThan(0)
    await s.stop()
  })
}

test('a break without a restart leaves no gap and no double', async ({ page, context }) => {
  const s = await serve('--tables', '2', '--pace', '50ms')
  await page.goto(`${s.url}/events?type=piece.played`)
  await expect(page.locator('[data-row]').first()).toBeVisible()
  await context.setOffline(true)
  await expect(page.locator('.badge').first()).toContainText('offline')
  await page.waitForTimeout(1500)
  await context.setOffline(false)
  await expect(page.locator('.badge').first()).toContainText('live')
  await page.waitForTimeout(2500)
  await page.keyboard.press('p')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^Export/ }).click()])
  const seen = (await (await download.createReadStream()).toArray()).join('').trim().split('\n').map((l) => JSON.parse(l).seq)
  const { events } = await s.get(`events?type=piece.played&since=${seen[0] - 1}&limit=10000`)
  expect(seen).toEqual(events.map((e: { seq: number }) => e.seq).filter((n: number) => n <= seen.at(-1)))
  await s.stop()
})

test('a hidden tab sleeps, and catches up on waking', async ({ page }) => {
  const s = await serve('--tables', '2', '--pace', '50ms')
  await page.goto(`${s.url}/events`)
  await expect(page.locator('[data-row]').first()).toBeVisible()
  const hide = (hidden: boolean) => page.evaluate((is) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => is })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)
  await hide(true)
  await expect.poll(async () => (await s.get('status')).stream.listeners).toBe(0)
  await hide(false)
  const woken = new Date().toISOString()
  await expect.poll(async () => (await page.locator('[data-row="0"] time').getAttribute('datetime'))! > woken).toBe(true)
  await s.stop()
})
