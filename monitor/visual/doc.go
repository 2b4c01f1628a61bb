// Package visual keeps the data behind pictures of the running games: which
// states they go through and how long that takes, how each room is doing, what
// fails where, what the players do, and which rooms are stuck and why.
//
// [Visual] is a [room.Observer]. Observing is cheap, because a commit only adds
// to counters; the views ([Visual.Diagram], [Visual.Rooms] and so on) are put
// together when somebody looks. Memory is bounded by the number of open rooms and
// by [Config]: closed rooms and players are forgotten after a while, and quantiles
// come from sketches of a fixed size.
//
// # Stuck rooms
//
// A room is stuck when a player's deadline passed twice over without an event,
// or as soon as there is evidence that nobody will move it on: see [Reason].
// Events do not tell everything, so [Config] takes small views of the queue of
// commands and of who owns the rooms; without them those reasons are not named.
package visual
