// Package sysstats watches the process and the machine that it runs on: memory
// and how fast it grows, processor, load, file descriptors, threads,
// goroutines, the scheduler's latency, and the garbage collector.
//
// # Which to pick
//
// [Sampler] looks every few seconds, so that reading is cheap and growth has a
// past to be told from. [Sampler.Snapshot] is all of it, for people and
// programs that speak JSON. As a [prometheus.Collector] it tells only what the
// client library's own collectors, which belong beside it, do not.
// [CollectGarbage] and [HeapProfile] are for administrators: put them behind a
// check of who asks.
//
// Figures of the process and of the machine's load come from /proc, so that
// they are zero where there is none; those of Go's runtime are always there.
package sysstats
