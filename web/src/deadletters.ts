import { api, Problem } from './api'
import type { DeadLetter, DeadLetterList } from './contract'

export type Verb = 'retry' | 'recover' | 'purge'

// reasons say what each reason means, for people.
export const reasons: Record<string, string> = {
  max_retries_exceeded: 'Every allowed attempt failed.',
  ttl_expired: 'It waited for longer than it was good for.',
  processing_failed: 'It failed in a way that no retry mends.',
  validation_failed: 'The message itself is malformed.',
  no_handler: 'Nobody handles this kind of message.',
  deadline_missed: 'Its deadline passed before it was handled.',
  overflow: 'A bounded queue made room for newer ones.',
  manual: 'A person or a program removed it on purpose.',
}

export const deeds: Record<Verb, { done: string; effect: string }> = {
  retry: { done: 'retried', effect: 'Each goes back to the queue that it came from, once.' },
  recover: { done: 'recovered', effect: 'Each is taken out and marked as dealt with; nobody puts it back any more.' },
  purge: { done: 'purged', effect: 'They are removed for good. There is no way back.' },
}

export interface Filter { queue?: string; reason?: string; key?: string; state?: string }

export interface Result { id: string; error?: string }

// idsOf lists all that a filter chooses, oldest first, page by page.
export async function idsOf(filter: Filter): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: DeadLetterList = await api.get('deadletters', { ...filter, limit: 1000, after })
    ids.push(...page.deadletters.map((d: DeadLetter) => d.id))
    after = page.next
  }
  return ids.reverse()
}

// without is the list after some of its dead letters have gone.
export function without(list: DeadLetterList, ids: string[]): DeadLetterList {
  const gone = new Set(ids)
  const left = list.deadletters.filter((d) => !gone.has(d.id))
  const took = (c: DeadLetterList['counts'][number]) => list.deadletters.filter((d) => gone.has(d.id) && d.queue === c.queue && d.reason === c.reason).length
  return {
    ...list, deadletters: left, total: list.total - (list.deadletters.length - left.length),
    counts: list.counts.map((c) => ({ ...c, count: c.count - took(c) })),
  }
}

// act does something to one after the other, a few at a time, and tells of each.
// It stops, after what is under way, when signal says so.
export async function act(verb: Verb, ids: string[], told: (r: Result) => void, signal: AbortSignal): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < ids.length && !signal.aborted) {
      const id = ids[next++]!
      try {
        await api.post(`deadletters/${encodeURIComponent(id)}/${verb}`)
        told({ id })
      } catch (e) {
        const p = e as Problem
        told({ id, error: p.message })
        // What hinders one then hinders all: no right, no server.
        if ([0, 401, 403, 503].includes(p.status)) return
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, ids.length) }, worker))
}
