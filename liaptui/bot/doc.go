// Package bot plays Liap Tui. A bot of three strengths decides from a [View],
// which holds what its seat may know and nothing else: its hand, the
// declarations, and the plays that everyone saw.
//
// Decisions are pure functions. The same view, seed included, gives the same
// answer, whatever the scheduling, and it is always a legal move. They take
// microseconds, so no deadline is needed, and may be called from any goroutine.
package bot
