// Package liaptui is Liap Tui, the reference game, as a [room.Game] over the
// pure functions of liaptui/rules.
//
// # Phases
//
//	WAITING ──▶ PREPARATION ──▶ ROUND_START ──▶ DECLARATION ──▶ TURN ◀──┐
//	                 ▲                                           │       │
//	                 │                                           ▼       │
//	                 └───────────── SCORING ◀──────────── TURN_RESULTS ──┘
//	                                   │
//	                                   ▼
//	                               GAME_OVER
//
// The room waits for players in WAITING. PREPARATION deals, as often as weak
// hands ask for it. ROUND_START names the starter and is left at once.
// DECLARATION and TURN take one seat's move after the other. TURN_RESULTS and
// SCORING last for [Config.ResultsPause]. Each phase is entered by a
// state.changed event.
//
// # Chance
//
// All of it comes from the seed of [room.Setup]. A deal follows from the seed
// and the number of the deal, and a bot's choice from what its seat sees and a
// number drawn from the seed by a one-way function. So two games of one seed
// among the same bots are equal, whatever the scheduling, and a seat cannot
// work out what others hold.
//
// # Which type
//
// [New] gives the rules to a room host. [NewBots] gives it opponents. What
// players send is a [Redeal], a [Declare] or a [Play]; what they see is a
// [View] and the data of the events, whose types are [Deal] to [Statistics].
package liaptui
