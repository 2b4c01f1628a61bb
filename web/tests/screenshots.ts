import { test } from './server'
import { addresses, themed } from './views'

test('screenshots', async ({ page, server }) => {
  await page.waitForTimeout(8000) // figures need something to show
  const views = await addresses(server)
  for (const [name, path] of Object.entries(views)) {
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [360, 768, 1440, 1920]) {
        await themed(page, theme, width)
        await page.goto(server.url + path)
        await page.waitForTimeout(900)
        await page.screenshot({ path: `screenshots/${name}-${width}-${theme}.png`, fullPage: true })
      }
    }
  }
})
