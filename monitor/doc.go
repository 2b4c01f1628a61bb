// Package monitor is everything that watches a game server, as one part: metrics
// of games, of queues and of the process, the stream of events, views of states
// and rooms, and traces. It follows what happens and is never in a game's way.
//
//	m, err := monitor.New(ctx, monitor.Config{Stats: gamestats.Config{Games: names}})
//	commands, err = monitor.Queue(m, "commands", commands)
//	host, err := room.NewHost(room.Config{
//		Queue: commands, Publisher: m, Observers: []room.Observer{m}, Tracer: m.RoomTracer(),
//		Middleware: []pitboss.Middleware[room.Command]{monitor.Handler[room.Command](m, "commands")},
//	})
//	go m.Run(ctx)
//
// # Which to pick
//
// Take [Monitor] to have all of it. Each part is a package of its own beneath
// this one and works alone. [Config.Off] leaves parts out: the calls below then
// pass them by, and their metrics and views are missing.
//
// # What a call is for
//
// A commit of a room, with its actions, transitions and turns: [Monitor.Observe].
// A fact for everybody: [Monitor.Publish]. A queue: [Queue]. What handles its
// messages: [Handler]. A frame, a connection, a broadcast: the methods of that
// name, which make a Monitor the meter of a server. A task: [Monitor.Task]. A
// dead letter: [Monitor.DeadLetter].
package monitor
