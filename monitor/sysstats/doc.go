// Package sysstats watches the process and the machine that it runs on: memory
// and how fast it grows, processor, load, file descriptors, threads,
// goroutines, the scheduler's latency, and the garbage collector.
//
// # Which to pick
//
// [Sampler] looks every few seconds, so that reading it is cheap and there is a
// past from which growth can be computed. [Sampler.Snapshot] returns everything,
// for people and programs that read JSON. As a [prometheus.Collector] it exports
// only what the client library's own collectors, which belong beside it, do not.
// [CollectGarbage] and [HeapProfile] are for administrators.
//
// Figures of the process and of the machine's load come from /proc and are zero
// where there is none; those of Go's runtime are always there.
package sysstats
