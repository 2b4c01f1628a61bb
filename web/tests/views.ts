import { expect, type Page } from '@playwright/test'
import type { Server } from './server'

// View is one page as it can be met: as it comes, filtered, and with something open.
export interface View { plain: string; filtered?: string; open?: string }
export type Kind = keyof View

// views are the pages, with names of what the server has.
export async function views(server: Server): Promise<Record<string, View>> {
  const { events } = await server.get('events')
  const last = events.findLast((e: { correlation_id?: string; room?: string }) => e.correlation_id && e.room)
  // The server forgets events, and faults are rare.
  let failed: { seq: number }[] = []
  await expect.poll(async () => (failed = (await server.get('events?severity=error&limit=1')).events).length, { timeout: 60_000 }).toBe(1)
  const { deadletters } = await server.get('deadletters')
  const dead = deadletters[0]
  const room = `/rooms/${last.room}`
  return {
    overview: { plain: '/', filtered: '/?state=TURN&since=6h', open: `/?event=${last.seq}` },
    state: { plain: '/states/TURN' },
    edge: { plain: '/edges/DECLARATION~TURN' },
    rooms: { plain: '/rooms', filtered: '/rooms?health=stuck&q=table', open: '/rooms?view=grid' },
    room: { plain: room, filtered: `${room}?at=5`, open: `${room}?at=5&event=5` },
    events: { plain: '/events', filtered: '/events?severity=error', open: `/events?severity=error&event=${failed[0]!.seq}` },
    trace: { plain: `/trace/${last.correlation_id}`, open: `/trace/${last.correlation_id}?event=${last.seq}` },
    queues: { plain: '/queues', filtered: '/queues?q=task' },
    queue: { plain: '/queues/tasks' },
    'dead-letters': { plain: '/dead-letters', filtered: `/dead-letters?reason=${dead.reason}&queue=${dead.queue}`, open: '/dead-letters?sel=*' },
    'dead-letter': { plain: `/dead-letters/${dead.id}` },
    system: { plain: '/system' },
    play: { plain: '/play' },
    table: { plain: `/play/${last.room}` },
  }
}

// nothing are the same pages where nothing is.
export const nothing: Record<string, string> = {
  overview: '/', state: '/states/NOWHERE', edge: '/edges/A~B', rooms: '/rooms', 'rooms that do not fit': '/rooms?q=nowhere', room: '/rooms/nowhere',
  'events that do not fit': '/events?player=nobody', trace: '/trace/nothing', 'queues that do not fit': '/queues?q=nowhere', queue: '/queues/nowhere',
  'dead letters': '/dead-letters', 'dead letters that do not fit': '/dead-letters?key=nowhere', 'dead letter': '/dead-letters/nowhere-1', system: '/system', play: '/play', table: '/play/nowhere',
}

export const widths = [360, 768, 1440, 1920]
export const themes = ['light', 'dark'] as const

// settled waits until a page has its heading, shows the event that its address
// names, and has kept its height for half a second: what it asked for is there.
export async function settled(page: Page) {
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached()
  if (new URL(page.url()).searchParams.has('event')) await expect(page.getByRole('dialog', { name: 'Event' })).toBeVisible()
  await page.evaluate(() => new Promise<void>((done) => {
    const end = performance.now() + 8000 // where it lives it may never rest
    let [height, since] = [-1, 0]
    const look = () => {
      const now = performance.now()
      if (document.documentElement.scrollHeight !== height) [height, since] = [document.documentElement.scrollHeight, now]
      if (now - since > 500 || now > end) done()
      else setTimeout(look, 50)
    }
    look()
  }))
}

export async function themed(page: Page, theme: 'light' | 'dark', width: number) {
  await page.setViewportSize({ width, height: 900 })
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
}
