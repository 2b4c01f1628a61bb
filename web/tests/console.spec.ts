import { expect, prefixed, serve, test, troubled, type Page } from './server'
import { type Kind, nothing, settled, views } from './views'

// shown is what a view is made of, without what lives.
async function shown(page: Page) {
  await settled(page)
  return page.evaluate(() => ({
    title: document.title,
    heading: document.querySelector('h1')!.innerText,
    pressed: [...document.querySelectorAll('main [aria-pressed=true]')].map((e) => e.textContent!.replace(/[\d,]+|❚❚/g, '').trim()),
    fields: [...document.querySelectorAll<HTMLInputElement>('main :is(input:not([type=checkbox],[type=range]), select)')].filter((e) => !/name/i.test(e.labels?.[0]?.textContent ?? '')).map((e) => e.value),
    dialog: document.querySelector('dialog[open]')?.textContent?.slice(0, 120) ?? '',
    selected: document.querySelector('.bulk strong')?.textContent?.replace(/[\d,]+/, '') ?? '',
  }))
}

for (const prefix of ['', '/ops/pitboss']) {
  test(`every view reloads the same at ${prefix || '/'}`, async ({ page, server }) => {
    test.setTimeout(300_000)
    await troubled(server)
    const base = prefix ? await prefixed(server.url, prefix) : { url: server.url, close: () => {} }
    for (const [name, view] of Object.entries(await views(server))) {
      for (const kind of Object.keys(view) as Kind[]) {
        const path = (await views(server))[name]![kind]! // of now: the server forgets old events
        await page.goto(base.url + path)
        await expect(page.getByText('● live'), name).toBeVisible()
        const before = await shown(page)
        expect(page.url(), 'the address stays').toBe(base.url + path)
        await page.reload()
        expect(await shown(page), `${name}, ${kind}`).toEqual(before)
      }
    }
    base.close()
  })
}

test('links stay below the prefix', async ({ page, server }) => {
  await troubled(server)
  const base = await prefixed(server.url, '/ops/pitboss')
  await page.goto(`${base.url}/rooms?health=stuck`)
  await page.locator('tr[data-row] a.mono, tr[data-row] .mono a').first().click()
  await expect(page).toHaveURL(new RegExp(`^${base.url}/rooms/table-`))
  await page.getByRole('link', { name: 'Play here' }).click()
  await expect(page).toHaveURL(new RegExp(`^${base.url}/play/table-`))
  await page.getByRole('navigation').getByRole('link', { name: 'System' }).click()
  await expect(page.getByRole('link', { name: 'Prometheus metrics' })).toHaveAttribute('href', 'metrics')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /Grafana dashboards/ }).click()])
  expect(download.suggestedFilename()).toBe('pitboss-dashboards.zip')
  base.close()
})

test('keys lead to every page, and tell themselves', async ({ page, server }) => {
  await page.goto(server.url)
  await expect(page.getByText('● live')).toBeVisible()
  for (const [key, at] of [['r', 'rooms'], ['e', 'events'], ['q', 'queues'], ['d', 'dead-letters'], ['s', 'system'], ['p', 'play'], ['o', '']]) {
    await page.keyboard.press('g')
    await page.keyboard.press(key!)
    await expect(page).toHaveURL(`${server.url}/${at}`)
  }
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeHidden()
})

test('rooms by keys alone: filter, rows, open', async ({ page, server }) => {
  await troubled(server)
  await page.goto(`${server.url}/rooms`)
  await expect(page.locator('tr[data-row]').first()).toBeVisible()
  await page.keyboard.press('/')
  await expect(page.getByRole('searchbox')).toBeFocused()
  await page.keyboard.type('dead_lettered')
  await expect(page).toHaveURL(/q=dead_lettered/)
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  const first = page.locator('tr[data-row]').first()
  await expect(first).toBeFocused()
  await expect(first).toContainText('bot_task_dead_lettered')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  await expect(first).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/rooms\/table-/)
  await expect(page.getByText('■ Stuck: bot_task_dead_lettered')).toBeVisible()
  await page.getByRole('status').getByRole('link', { name: /^tasks-/ }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: /^Dead letter tasks-/ })).toBeVisible()
})

test('rooms by mouse: chips, table and grid', async ({ page, server }) => {
  await troubled(server)
  await page.goto(`${server.url}/rooms`)
  const rows = page.locator('tr[data-row]')
  await expect(rows.first()).toContainText('stuck') // the worst comes first
  const all = await rows.count()
  await page.getByRole('button', { name: /stuck/ }).click()
  await expect(page).toHaveURL(/health=stuck/)
  await expect.poll(() => rows.count()).toBeLessThan(all)
  await page.getByRole('button', { name: /✓ stuck/ }).click()
  await page.getByRole('button', { name: 'Grid' }).click()
  await expect(page.getByRole('img', { name: /Rooms: \d+ stuck/ })).toBeVisible()
  await page.locator('canvas').click({ position: { x: 8, y: 8 } })
  await expect(page).toHaveURL(/rooms\/table-/)
})

test('the overview: states, range, an event, a room', async ({ page, server }) => {
  await troubled(server)
  await page.goto(server.url)
  await page.getByRole('combobox', { name: 'State of the rooms' }).selectOption('TURN')
  await expect(page).toHaveURL(/state=TURN/)
  await page.getByRole('button', { name: '6h' }).click()
  await expect(page).toHaveURL(/since=6h/)
  await page.getByRole('region', { name: 'Events, newest first', exact: true }).getByRole('button', { name: /^(player|task|turn|error)\./ }).first().click()
  await expect(page).toHaveURL(/event=\d+/)
  const drawer = page.getByRole('dialog', { name: 'Event' })
  await drawer.getByRole('row', { name: /^Correlation/ }).getByRole('link').click()
  await expect(page).toHaveURL(/trace\//)
  await page.goBack()
  await expect(drawer).toBeVisible() // wherever the event is by now
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()
  await page.locator('svg a.node', { hasText: 'DECLARATION' }).click()
  await expect(page.getByRole('heading', { name: 'State DECLARATION' })).toBeVisible()
  await page.getByRole('link', { name: 'DECLARATION → TURN' }).click()
  await expect(page).toHaveURL(/edges\/DECLARATION~TURN/)
  await expect(page.getByRole('table', { name: /Changes from DECLARATION to TURN/ })).toBeVisible()
  await page.getByRole('region', { name: 'Where it took longest' }).locator('[data-row] a').first().click()
  await expect(page).toHaveURL(/rooms\/table-\d+\?at=\d+/)
})

test('an event that an address names is found beyond the page, or said to be gone', async ({ page, server }) => {
  await troubled(server)
  await expect.poll(async () => (await server.get('status')).stream.last, { timeout: 60_000 }).toBeGreaterThan(3000)
  for (const path of ['', 'events']) {
    const { stream } = await server.get('status')
    await page.goto(`${server.url}/${path}?event=${stream.last - 3000}`)
    const drawer = page.getByRole('dialog', { name: 'Event' })
    await expect(drawer.getByRole('row', { name: /^Sequence/ })).toContainText(String(stream.last - 3000))
    await page.keyboard.press('Escape')
    await expect(page).not.toHaveURL(/event=/)
    await page.goto(`${server.url}/${path}?event=${stream.last + 1e9}`)
    await page.getByRole('button', { name: 'Close it' }).click()
    await expect(page).not.toHaveURL(/event=/)
  }
})

test('charts tell their figures as tables', async ({ page, server }) => {
  await page.goto(server.url)
  await page.locator('summary', { hasText: 'As a table' }).last().click()
  await expect(page.getByRole('table', { name: 'Performance over time' }).getByRole('row')).not.toHaveCount(0)
})

test('a room through time, by keys and by mouse', async ({ page }) => {
  const s = await serve('--tables', '1', '--pace', '2ms')
  let room: { room_id: string } | undefined // whose game is over, so that it stands still
  await expect.poll(async () => (room = (await s.get('visualization/rooms')).rooms.find((r: { closed?: boolean }) => r.closed)), { timeout: 60_000 }).toBeTruthy()
  await page.goto(`${s.url}/rooms/${room!.room_id}`)
  const slider = page.getByRole('slider')
  await expect(slider).toBeVisible()
  await expect(page.getByText('● now')).toBeVisible()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  const last = +(await slider.getAttribute('max'))!
  await expect(page).toHaveURL(new RegExp(`at=${last - 2}$`))
  await page.keyboard.press('ArrowRight')
  await expect(page).toHaveURL(new RegExp(`at=${last - 1}$`))
  await expect(page.getByRole('region', { name: `The table after event ${(last - 1).toLocaleString('en-US')}` })).toBeVisible()
  await page.keyboard.press('Space')
  await expect(page).not.toHaveURL(/at=/)
  await slider.fill('9')
  await expect(page).toHaveURL(/at=9$/)
  await page.getByRole('button', { name: 'Show the hands' }).click()
  await expect(page.getByRole('group', { name: 'Hand' })).toHaveCount(4)
  await page.getByRole('button', { name: 'Hide the hands' }).click()
  await expect(page.getByText('in hand').first()).toBeVisible()
  await s.stop()
})

test('an id can be copied', async ({ page, context, server }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await troubled(server)
  await page.goto(`${server.url}/rooms?health=stuck`)
  const row = page.locator('tr[data-row]').first()
  await row.getByRole('button', { name: /^Copy / }).click()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(await row.locator('.mono a').textContent())
})

test('events: filters by mouse, clearing, detail and export', async ({ page, server }) => {
  await troubled(server)
  await page.goto(`${server.url}/events`)
  await page.getByRole('searchbox', { name: 'type' }).fill('task.failed')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/type=task.failed/)
  await expect(page.getByRole('button', { name: /Remove the filter type task.failed/ })).toBeVisible()
  await page.getByRole('combobox', { name: 'severity' }).selectOption('error')
  await expect(page.getByRole('button', { name: 'task.failed', exact: true }).first()).toBeVisible()
  await page.getByRole('button', { name: 'Pause' }).click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^Export/ }).click()])
  const lines = (await (await download.createReadStream()).toArray()).join('').trim().split('\n').map((l) => JSON.parse(l))
  expect(lines.length).toBeGreaterThan(0)
  expect(new Set(lines.map((l) => l.type))).toEqual(new Set(['task.failed']))
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await expect(page).toHaveURL(/events$/)
})

test('pause holds events and counts them', async ({ page, server }) => {
  await page.goto(server.url)
  await expect(page.locator('[data-row]').first()).toBeVisible()
  await page.keyboard.press('p')
  await expect(page.getByRole('button', { name: /Paused · [1-9][\d,]* held/ })).toBeVisible()
  const first = await page.locator('[data-row="0"]').textContent()
  await page.waitForTimeout(1200)
  expect(await page.locator('[data-row="0"]').textContent()).toBe(first)
  await page.getByRole('button', { name: /Paused/ }).click()
  await expect(page.locator('[data-row="0"]')).not.toHaveText(first!)
  // Pages without a stream of their own count as well.
  await page.goto(`${server.url}/queues`)
  await expect(page.locator('[data-row]').first()).toBeVisible()
  await page.keyboard.press('p')
  await expect(page.getByRole('button', { name: /Paused · [1-9][\d,]* held/ })).toBeVisible()
})

test('a list that is looked at stands still and says what is newer', async ({ page, server }) => {
  await page.goto(`${server.url}/events`)
  const list = page.getByRole('region', { name: 'Events, newest first', exact: true })
  await expect(list.locator('[data-row]').first()).toBeVisible()
  await page.keyboard.press('j') // a row that has the focus
  const focused = page.locator('[data-row]:focus')
  const text = await focused.textContent()
  await expect(page.getByRole('button', { name: /↑ [\d,]+ newer/ })).toBeVisible()
  expect(await focused.textContent()).toBe(text)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: /newer/ })).toBeHidden()
  await list.evaluate((e) => e.scrollTo(0, 900))
  await page.getByRole('button', { name: /newer/ }).click()
  await expect.poll(() => list.evaluate((e) => e.scrollTop)).toBe(0)
})

test('the rows of a long list are gone through without a gap', async ({ page, server }) => {
  await page.goto(`${server.url}/events`)
  await expect(page.locator('[data-row="30"]').or(page.locator('[data-row="20"]')).first()).toBeAttached()
  for (let i = 0; i < 45; i++) {
    await page.keyboard.press('j')
    await expect(page.locator(':focus')).toHaveAttribute('data-row', String(i))
  }
})

test('the theme turns, and lasts', async ({ page, server }) => {
  await page.goto(server.url)
  await page.getByRole('button', { name: 'Theme: auto' }).click()
  await page.getByRole('button', { name: 'Theme: light' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(page.getByRole('button', { name: 'Theme: dark' })).toBeVisible()
})

test('queues and the system, with what can be done there', async ({ page, server }) => {
  await page.goto(`${server.url}/queues`)
  await expect(page.getByRole('link', { name: 'commands' })).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type('tasks')
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Queue tasks' })).toBeVisible()
  await expect(page.getByRole('img', { name: /Over time/ }).first()).toBeVisible({ timeout: 15_000 })
  await page.getByRole('link', { name: 'Its dead letters' }).click()
  await expect(page).toHaveURL(/dead-letters\?queue=tasks/)
  await page.goto(`${server.url}/system`)
  await page.getByRole('button', { name: 'Collect garbage' }).click()
  await expect(page.getByText(/Garbage collected in/)).toBeVisible()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Heap profile' }).click()])
  expect(download.suggestedFilename()).toBe('pitboss-heap.pprof')
  await expect(page.getByRole('group', { name: 'Audit' })).toContainText('profile')
})

test('where nothing is, the cause is told and what to do next', async ({ page }) => {
  const s = await serve()
  for (const [name, path] of Object.entries(nothing)) {
    await page.goto(s.url + path)
    const main = page.getByRole('main')
    await expect(main.getByText(/Next:|Clear the filter|Open a table|Nobody has changed|Collect garbage|New ones appear/).first(), name).toBeVisible()
  }
  await s.stop()
})

test('a page that is not there says so', async ({ page, server }) => {
  await page.goto(server.url)
  await page.evaluate('history.pushState(null, "", "nowhere"); dispatchEvent(new PopStateEvent("popstate"))')
  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible()
})
