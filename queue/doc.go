// Package queue has queues in memory: typed, ordered, bounded where asked, and
// as fast as a channel can be with acknowledgements.
//
// # Which to choose
//
//   - [NewFIFO]: order of arrival. The default.
//   - [NewPriority]: the most urgent of five levels first, order of arrival
//     within a level; optionally with ageing, so that nothing starves, or with
//     the earliest deadline first within a level.
//   - Either one bounded: set [Config.Capacity] and choose what happens beyond
//     it with [Config.Overflow].
//   - Either one ordered by key: [Config.OrderByKey], or a consumer that asks
//     for it.
//
// # What is guaranteed
//
// Loss. A message lives as long as the process does. Every message that was
// accepted is acknowledged, terminated, expired, dropped or still there, and
// [Memory.Stats] says which; [Config.Dropped] is told of each that no consumer
// ended.
//
// Order. What is handed back goes before what is younger. Between consumers
// there is no order beyond that in which they are served, unless the queue is
// ordered by key: then messages of one key never run at the same time and never
// overtake, also across retries.
//
// Time. A delay, a retry's backoff and a lease never end early. A message whose
// TTL or deadline has passed is never delivered; it leaves the queue, and makes
// room, when its time comes, not when a consumer finds it. All of them share one
// timer, which does not run when nothing is due.
//
// Waiting. Every wait ends with its context. Producers that wait for room are
// served first come, first served. A consumer that gives up waiting never takes
// a message or a wake-up with it.
//
// Memory. The queue allocates nothing per message once it has grown to its
// working size, and gives memory back as a burst drains, in blocks of 64
// messages: it keeps as many empty blocks as are in use, and 16 more. Places
// that became free are filled again before a new block is taken, once more than
// half of all are free. A message that has left is no longer referred to.
package queue
