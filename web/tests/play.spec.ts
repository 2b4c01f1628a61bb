import { expect, serve, test, type Page, type Server } from './server'

// A person plays here without faults, so that bots answer at once.
let calm: Server
test.beforeAll(async () => { calm = await serve('--pace', '2ms') })
test.afterAll(async () => { await calm.stop() })

const verdict = (page: Page) => page.getByRole('region', { name: 'Result' })

// step makes one move if one is offered, with the mouse or with keys.
async function step(page: Page, keys: boolean) {
  const button = (name: string | RegExp) => page.getByRole('button', { name })
  const status = (await page.getByRole('status').allTextContents()).join(' ')
  if (/how many piles/.test(status)) {
    const first = page.locator('[data-declare]:enabled').first()
    if (keys) {
      await page.keyboard.press((await first.getAttribute('data-declare', { timeout: 1000 }))!)
      await page.keyboard.press('Enter')
    } else await first.click({ timeout: 1000 })
  } else if (/hand is weak/.test(status)) {
    if (keys) { await button('Keep the hand').focus({ timeout: 1000 }); await page.keyboard.press('Enter') }
    else await button('Keep the hand').click({ timeout: 1000 })
  } else if (/lead with|: play/.test(status)) {
    const n = +(/play (\d)/.exec(status)?.[1] ?? 1)
    await page.keyboard.press('Escape')
    for (let i = 1; i <= n; i++) {
      if (keys) await page.keyboard.press(String(i))
      else await page.locator('.card').nth(i - 1).click({ timeout: 1000 })
    }
    if (keys) await page.keyboard.press('l')
    else await button(/^Play \d$/).click({ timeout: 1000 })
  }
}

async function playOut(page: Page, keys: boolean) {
  const end = Date.now() + 150_000
  while (!(await verdict(page).isVisible())) {
    if (Date.now() > end) throw new Error('the game does not end')
    // What was offered may be over before the click: the next look tells.
    await step(page, keys).catch(() => {})
  }
}

test('a whole game by mouse', async ({ page }) => {
  test.setTimeout(180_000)
  await page.goto(`${calm.url}/play`)
  await page.getByLabel('Your name').fill('mouse')
  await page.getByRole('button', { name: 'Open the table' }).click()
  await page.getByRole('button', { name: 'Ready', exact: true }).click()
  await playOut(page, false)
  await expect(verdict(page).getByRole('row')).toHaveCount(5)
  const room = decodeURIComponent(new URL(page.url()).pathname.split('/').pop()!)
  const info = await calm.get(`rooms/${room}`)
  expect(info.result.outcome).toBe('completed')
  await expect(verdict(page)).toContainText(String(Math.max(...info.result.scores)))
  await page.reload()
  await expect(verdict(page).getByRole('row')).toHaveCount(5)
})

test('a whole game by keys alone', async ({ page }) => {
  test.setTimeout(180_000)
  await page.goto(calm.url)
  await page.keyboard.press('g')
  await page.keyboard.press('p')
  await expect(page.getByRole('heading', { name: 'Play Liap Tui' })).toBeVisible()
  await page.getByLabel('Your name').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Ready', exact: true }).focus()
  await page.keyboard.press('Enter')
  await playOut(page, true)
  await expect(verdict(page).getByRole('row')).toHaveCount(5)
})

test('a reload comes back to the seat', async ({ page }) => {
  await page.goto(`${calm.url}/play`)
  await page.getByRole('button', { name: 'Open the table' }).click()
  await page.getByRole('button', { name: 'Ready', exact: true }).click()
  await expect(page.locator('.card')).toHaveCount(8)
  const hand = await page.locator('.card').allTextContents()
  await page.reload()
  await expect(page.getByText('● connected')).toBeVisible()
  await expect(page.locator('.card')).toHaveCount(8)
  expect(await page.locator('.card').allTextContents()).toEqual(hand)
})

test('a table that is not there says so', async ({ page }) => {
  await page.goto(`${calm.url}/play/r-nowhere`)
  await expect(page.getByText('There is no such table')).toBeVisible()
})

test('two people at one table; a lost connection comes back with what was missed', async ({ page, browser }) => {
  const { room } = await calm.post('rooms', { game: 'liaptui', bots: 2 })
  const other = await (await browser.newContext()).newPage()
  for (const [p, name] of [[page, 'ann'], [other, 'ben']] as const) {
    await p.goto(`${calm.url}/play/${room}`)
    await p.getByLabel('Your name').fill(name)
    await p.getByRole('button', { name: 'Sit down' }).click()
    await expect(p.getByText('● connected')).toBeVisible()
  }
  await other.getByRole('button', { name: 'Ready', exact: true }).click()
  await page.getByRole('button', { name: 'Ready', exact: true }).click()
  await expect(page.locator('.card')).toHaveCount(8)
  // Another window of the same browser takes the seat.
  const second = await page.context().newPage()
  await second.goto(`${calm.url}/play/${room}`)
  await expect(second.locator('.card')).toHaveCount(8)
  await expect(page.getByText('another window took this seat')).toBeVisible()
  await page.getByRole('button', { name: 'Play in this window' }).click()
  await expect(page.getByText('● connected')).toBeVisible()
  await other.close()
})
