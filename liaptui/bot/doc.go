// Package bot plays Liap Tui. A bot of three strengths decides from a [View],
// which holds what its seat may know and nothing else: its hand, the
// declarations, and the plays that everyone saw.
//
// Decisions are pure functions. The same view, seed included, gives the same
// answer, whatever the scheduling, and the answer is a legal move. None takes
// longer than a fraction of a millisecond, so that a deadline needs no context.
// Everything here may be called from any goroutine.
//
// # How they play
//
//   - [Easy] goes by the strength of single pieces, never looks beyond the next
//     play, and makes every eighth play at random.
//   - [Normal] declares what its combinations and openers are good for, plays
//     what will probably win as long as it needs piles, and gives its strength
//     away after that.
//   - [Hard] imagines a few deals that agree with all that it saw and with what
//     was declared, plays each of its moves out against Normal players, and
//     takes the move that earned most over the others' mean.
package bot
