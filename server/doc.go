// Package server is the door of a host of rooms: people play over WebSockets,
// programs look and open rooms over HTTP.
//
// [Server] is an [net/http.Handler]; [Server.HTTPServer] puts it into a server
// with timeouts fit for strangers. It knows no game and no metrics library: both
// come in by [Config].
//
// # A connection
//
// GET /play takes a seat before it answers the upgrade, so that every refusal is
// a problem document. Then one goroutine reads frames and submits commands, and
// one writes: replies from an outbox, events from a [room.Follower]. The
// follower reads the room's own log at its own pace, so a connection buffers no
// events. Frames come in this order:
//
//   - welcome first, with the state at its seq;
//   - then each event once, in order: those after welcome's seq, or after since
//     where the client named one. Events up to welcome's seq are in its state
//     already: they are history to show, not to apply;
//   - an ack after the events up to its seq;
//   - a turn once all events are sent, if it is still open then.
//
// # A listener
//
// GET /api/v1/events/stream follows the whole event stream, one event a frame
// (with batch=true an array of those that came together), the history after since
// first. A listener buffers nothing either: it reads the
// stream's log with a cursor, and may be slow for [Config.StallTimeout]. Frames
// without a seq are notices: "missed" names the run of events that went by
// before they were read; "reset" says that since is of a stream before this one.
// broadcast.sent is published only while somebody asks for it by type, or
// follows one room, game, player or correlation ID.
//
// # What a client may cost
//
// A frame is at most [Config.ReadLimit] bytes; a longer one closes the
// connection with status 1009. Frames are limited by rate, and commands by how
// many are unanswered. Replies that are not read stop the reading of commands.
// A client that does not read at all is cut off after [Config.WriteTimeout].
package server
