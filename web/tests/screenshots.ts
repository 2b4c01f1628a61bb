import { serve, test, troubled } from './server'
import { settled, themed, type Kind, themes, views, widths } from './views'

// ONLY=overview,rooms takes those pages alone.
const only = process.env.ONLY?.split(',')

test('screenshots', async ({ page, server }) => {
  await troubled(server)
  await page.waitForTimeout(15_000) // figures need something to show
  for (const name of Object.keys(await views(server))) {
    if (only && !only.includes(name)) continue
    for (const kind of Object.keys((await views(server))[name]!) as Kind[]) {
      const path = (await views(server))[name]![kind]! // of now: the server forgets old events
      for (const theme of themes) {
        for (const width of kind === 'plain' ? widths : [360, 1440]) {
          await themed(page, theme, width)
          await page.goto(server.url + path)
          await settled(page)
          await page.screenshot({ path: `screenshots/${name}${kind === 'plain' ? '' : `-${kind}`}-${width}-${theme}.png`, fullPage: !/open/.test(kind) })
        }
      }
    }
  }
})

test('screenshots of a game', async ({ page }) => {
  if (only && !only.includes('game')) return
  const s = await serve('--pace', '500ms')
  await page.goto(`${s.url}/play`)
  await page.getByLabel('Your name').fill('ann')
  await page.getByRole('button', { name: 'Open the table' }).click()
  await page.getByRole('button', { name: 'Ready', exact: true }).click()
  // The first play says more than the declarations before it.
  const play = page.getByText(/Your turn: (lead|play)/)
  const before = page.locator('[data-declare]:enabled').or(page.getByRole('button', { name: 'Keep the hand' })).first()
  for (;;) {
    await play.or(before).first().waitFor({ timeout: 30_000 })
    if (await play.isVisible()) break
    await before.click({ timeout: 1000 }).catch(() => {}) // it may just have been answered
  }
  await page.locator('.card').first().click()
  for (const theme of themes) {
    for (const width of widths) {
      await themed(page, theme, width)
      await page.waitForTimeout(300)
      await page.screenshot({ path: `screenshots/game-${width}-${theme}.png`, fullPage: true })
    }
  }
  await s.stop()
})
