import { expect, serve, test } from './server'

// A page that is built opens on a real server, lives, and has nothing to complain
// of. Whether every page does what it should, console-test finds out.
test('the console opens and lives', async ({ page }) => {
  const complaints: string[] = []
  page.on('console', (m) => { if (m.type() === 'error') complaints.push(m.text()) })
  page.on('requestfailed', (r) => complaints.push(`${r.url()}: ${r.failure()?.errorText}`))
  const s = await serve('--tables', '4', '--pace', '50ms')
  await page.goto(s.url)
  await expect(page.getByText('● live')).toBeVisible()
  await expect(page.locator('svg a.node').first()).toBeVisible()
  await expect(page.locator('[data-row]').first()).toBeVisible()
  expect(complaints).toEqual([])
  await s.stop()
})
