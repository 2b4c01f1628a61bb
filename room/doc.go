// Package room runs games. It knows no game: a studio hands it two functions,
// decide (state and command give events, or a refusal) and apply (state and
// event give the next state), and room adds what every game needs around them:
// seats and sessions, one order of commands, each of them once, deadlines,
// stand-ins for the absent, a journal, and a view per seat.
//
// # Which type
//
// [Game] is the rules. [Host] runs any number of rooms of any number of games
// on one queue of commands. [Commit] is what one command brought about;
// implement [Observer] to follow all rooms, or call [Host.Follow] to follow one
// from any point of its past.
//
// # Bots
//
// A room does not move its bots, because how they think is the game's and where
// the studio's to say. Commits tell an [Observer] of each offer that a bot is to
// answer ([OpenOffer.By]). Whoever decides for it submits a command of that seat,
// with By set to [Bot] and the offer's Turn, so that an answer that comes too
// late is refused as stale. The example of [Host] does so with package task.
//
// # What is guaranteed
//
//   - Commands of one room are handled one at a time, in the order in which
//     they were accepted; rooms run in parallel.
//   - A command with an ID is handled once; a repetition gets the first answer.
//   - A command made for a turn that has passed is refused as stale.
//   - Events are in the journal before anybody sees them.
//   - [event.Event.Secret] never reaches a seat but through [Game.Reveal].
//   - A slow follower delays nobody: each reads the room's log at its own pace.
package room
