// Package route decides who handles a message: by topic, by name, by pattern,
// or by what it says.
//
// # Which to choose
//
//   - [Topics]: topics of levels and patterns with wildcards, room.+.moves. The
//     default. Tens of thousands of routes cost no more than ten.
//   - [Direct]: one handler per name, whatever the name is taken from: the topic,
//     the key, a header. For commands.
//   - [Patterns]: globs and regular expressions, where names have no levels.
//     Asked one after the other.
//   - [Content]: conditions on headers, priority and payload. Asked one after the
//     other.
//   - [Chain]: several of them in order, all or only the first that has a
//     handler, with a default.
//   - [Index]: the engine of Topics, for subscribers other than handlers, such
//     as connections. [Topic] is a topic resolved once, for those who publish
//     to it often.
//
// Each is made by its constructor; the zero values are of no use.
//
// [Dispatch] turns any of them into a [pitboss.Handler], for a consumer to run.
//
// # What is guaranteed
//
// Loss. A message that nobody handles fails with an error that matches
// [pitboss.ErrNoHandler], so that a consumer writes it to the dead letters as
// no_handler, unless a default is set.
//
// Order. The handlers of one message run one after the other, in the order in
// which their routes were added; those of a chain, in the order of its routers.
//
// Concurrency. Routes come and go while messages are routed. A message sees
// every route that was added before and not ended since; readers do not wait
// for writers.
//
// Bounds. Topics and patterns are bounded in length and levels, expressions in
// what they compile to, and no text makes any of them run for long. A malformed
// topic matches nothing.
//
// Memory. Matching allocates nothing once its result has grown. A route that
// has ended leaves nothing behind.
package route
