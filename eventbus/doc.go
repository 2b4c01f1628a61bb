// Package eventbus takes events to those who subscribed to them, the urgent
// ones first, and never keeps the game waiting: publishing puts an event on a
// bounded queue, and handlers run elsewhere, retried when they fail.
//
// # How to subscribe
//
// Subscribe by topic pattern. An event's topic is its room, or "-" for none,
// and its type with slashes: a piece played in table-7 is
// "table-7/piece/played". So
//
//	+/game/ended      the end of every game
//	table-7/#         everything in one room
//	+/player/+        what players do anywhere
//
// A room is one level, whatever its name: [Room] escapes what has a meaning in
// patterns, a slash as %2F for example.
//
// # What is guaranteed
//
// Order. One subscriber gets one room's events one at a time and in order, also
// across retries; subscribers and rooms do not wait for each other. Among those
// that wait, errors and disconnects go before the start and end of games, and
// these before the rest; see [Rank].
//
// Loss. An event that a subscriber fails on is delivered again, and goes to the
// dead letters in the end. When the queue is full the oldest of the least
// urgent are dropped, counted, and kept as dead letters where there are any.
//
// Secrets. An event's Secret is never passed on.
package eventbus
