import type { Page } from '@playwright/test'
import type { Server } from './server'

export const pages = { overview: '/', rooms: '/rooms', queues: '/queues', queue: '/queues/tasks', 'dead-letters': '/dead-letters', system: '/system', play: '/play' }

// addresses are the pages' with names of what there is.
export async function addresses(server: Server): Promise<Record<string, string>> {
  const { queues } = await server.get('status')
  return { ...pages, queue: `/queues/${queues[0].name}` }
}

export async function themed(page: Page, theme: 'light' | 'dark', width: number) {
  await page.setViewportSize({ width, height: 900 })
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
}
