import type { Page } from '@playwright/test'
import type { Server } from './server'

// View is one page as it can be met: as it comes, filtered, and with something open.
export interface View { plain: string; filtered?: string; open?: string }

// views are the pages, with names of what the server has.
export async function views(server: Server): Promise<Record<string, View>> {
  const { events } = await server.get('events')
  const { events: failed } = await server.get('events?severity=error&limit=1')
  const last = events.findLast((e: { correlation_id?: string; room?: string }) => e.correlation_id && e.room)
  const { deadletters } = await server.get('deadletters')
  const dead = deadletters[0]
  const room = `/rooms/${last.room}`
  return {
    overview: { plain: '/', filtered: '/?state=TURN&since=6h', open: `/?event=${last.seq}` },
    state: { plain: '/states/TURN' },
    edge: { plain: '/edges/DECLARATION~TURN' },
    rooms: { plain: '/rooms', filtered: '/rooms?health=stuck&q=table', open: '/rooms?view=grid' },
    room: { plain: room, filtered: `${room}?at=5`, open: `${room}?at=5&event=5` },
    events: { plain: '/events', filtered: '/events?severity=error', open: `/events?severity=error&event=${failed[0].seq}` },
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

export async function themed(page: Page, theme: 'light' | 'dark', width: number) {
  await page.setViewportSize({ width, height: 900 })
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
}
