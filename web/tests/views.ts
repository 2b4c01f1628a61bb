import type { Page } from '@playwright/test'
import type { Server } from './server'

export const pages = { overview: '/', rooms: '/rooms', events: '/events', queues: '/queues', queue: '/queues/tasks', 'dead-letters': '/dead-letters', system: '/system', play: '/play' }

// addresses are the pages' with names of what there is.
export async function addresses(server: Server): Promise<Record<string, string>> {
  const { queues } = await server.get('status')
  const { rooms } = await server.get('rooms')
  const { events } = await server.get('events')
  const caused = events.findLast((e: { correlation_id?: string }) => e.correlation_id).correlation_id
  return {
    ...pages, queue: `/queues/${queues[0].name}`, room: `/rooms/${rooms[0].room}`, past: `/rooms/${rooms[0].room}?at=5`,
    trace: `/trace/${caused}`, state: '/states/TURN', edge: '/edges/DECLARATION~TURN',
  }
}

export async function themed(page: Page, theme: 'light' | 'dark', width: number) {
  await page.setViewportSize({ width, height: 900 })
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
}
