// Package deadletter keeps the messages that were given up on, tells their
// story, and puts them back.
//
// # Which to pick
//
//   - [Store] keeps dead letters of one payload type, in memory or beyond the
//     process. It is the [pitboss.DeadLetters] that consumers write to.
//   - [FromDrops] keeps what a queue drops by itself, where no consumer with dead
//     letters is told of it.
//   - [Archive] is what an operator does with dead letters, whatever their
//     payload type and wherever they are kept: the HTTP API and the command
//     line work on it. [Store.Archive] gives a store's, [Join] makes one of
//     several.
//
// # Life of an entry
//
//	put ─▶ held ─▶ retried ─▶ (comes back dead) ─▶ held again
//	         ├───▶ recovered
//	         └───▶ purged, aged out, evicted: gone
//
// # What is guaranteed
//
// Put is idempotent: the same message, by queue, sequence and time of arrival,
// makes one entry, however often its consumer writes it. Retry is idempotent:
// an entry is put back once, however many ask at once and again. A retried
// message that dies again continues its old entry, with all attempts in one
// place. Nothing leaves the store in silence: [Stats] counts and
// [Config.Observer] tells what was retried, recovered, purged, aged out and
// evicted.
//
// A store is lost with the process, unless [Config.Records] keeps its entries
// somewhere else.
package deadletter
