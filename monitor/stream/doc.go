// Package stream is the one live stream of everything that happens: a bounded
// history of events, and any number of subscribers who follow it at their own
// pace.
//
// [Stream] is an [event.Publisher]. Publishing numbers the events, copies them
// into one shared log, without their secrets, and returns: it never waits for a
// subscriber and costs the same for ten of them as for ten thousand. A
// subscriber is a cursor in that log, so it buffers nothing. How far it may fall
// behind is the length of the history; one that falls further behind is told
// exactly which events went by ([Missed]), or is cut off, as it chose.
//
// Subscribers come in two kinds:
//
//   - [Stream.Subscribe] is for those with a goroutine of their own, that of a
//     connection for example: it asks for what is next.
//   - [Stream.Follow] is for those who only want to be called, by a few
//     goroutines that all of them share. It is the cheaper one: nobody is woken.
//
// Events that a subscriber's [Filter] does not want cost it nothing while it
// waits: the waiting are found by room, game, correlation ID, player or type, so
// an event wakes only those whom it may concern. Those who wait are woken once
// for what was published within [Config.Gather].
//
// A subscription that begins after a sequence number gets each event after it
// exactly once, in order, out of the history and then live. So a client that
// lost its connection resumes without gap or duplicate by the number of the last
// event that it saw.
package stream
