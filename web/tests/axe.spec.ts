import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, serve, test, troubled, type Page } from './server'
import { type Kind, nothing, settled as still, themed, themes, views, widths } from './views'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// violations looks at what the page shows, at every width, light and dark.
async function violations(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  await page.evaluate(`if (!window.axe) { ${axe} }`)
  for (const theme of themes) {
    for (const width of widths) {
      await themed(page, theme, width)
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
      const list = await page.evaluate('axe.run({ resultTypes: ["violations"] }).then((r) => r.violations.map((v) => `${v.id} ${v.nodes[0].target}: ${v.nodes[0].failureSummary}`))') as string[]
      found.push(...list.map((v) => `${name} ${width} ${theme}: ${v}`))
    }
  }
  return found
}

async function settled(page: Page, url: string) {
  await page.goto(url)
  await still(page)
}

test('axe finds nothing on any page, plain, filtered, or with something open', async ({ page, server }) => {
  test.setTimeout(1_800_000)
  await troubled(server)
  const found: string[] = []
  for (const [name, view] of Object.entries(await views(server))) {
    for (const kind of Object.keys(view) as Kind[]) {
      const path = (await views(server))[name]![kind]! // of now: the server forgets old events
      await settled(page, server.url + path)
      found.push(...await violations(page, `${name}, ${kind}`))
    }
  }
  expect(found).toEqual([])
})

test('axe finds nothing in dialogs', async ({ page, server }) => {
  test.setTimeout(1_800_000)
  await troubled(server)
  const found: string[] = []
  await settled(page, `${server.url}/dead-letters`)
  await page.keyboard.press('?')
  found.push(...await violations(page, 'keys'))
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Admin' }).click()
  found.push(...await violations(page, 'admin'))
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Select all/ }).click()
  await page.getByRole('button', { name: /^Purge/ }).click()
  found.push(...await violations(page, 'purge'))
  const { deadletters } = await server.get('deadletters?queue=tasks')
  await settled(page, `${server.url}/dead-letters/${deadletters[0].id}`)
  await page.getByRole('button', { name: 'Edit and retry' }).click()
  found.push(...await violations(page, 'edit'))
  expect(found).toEqual([])
})

test('axe finds nothing where nothing is', async ({ page }) => {
  test.setTimeout(1_800_000)
  const s = await serve()
  const found: string[] = []
  for (const [name, path] of Object.entries(nothing)) {
    await settled(page, s.url + path)
    found.push(...await violations(page, name))
  }
  await s.stop()
  expect(found).toEqual([])
})

test('axe finds nothing where the API fails; every panel says so itself', async ({ page, server }) => {
  test.setTimeout(1_800_000)
  await troubled(server)
  const known = await views(server)
  const problem = { type: 'about:blank', title: 'Internal Server Error', status: 500, code: 'internal', detail: 'The disk is full.', correlation_id: 'trial-1' }
  await page.route('**/api/v1/**', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(problem) }))
  const found: string[] = []
  for (const [name, view] of Object.entries(known)) {
    await settled(page, server.url + view.plain)
    await expect(page.getByRole('alert').first(), name).toContainText('The disk is full.')
    await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible()
    found.push(...await violations(page, `${name}, failed`))
  }
  expect(found).toEqual([])
})
