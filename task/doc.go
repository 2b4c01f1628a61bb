// Package task runs background work with a deadline: bot moves, archival,
// clean-up. Code registers a function per type of task; anyone submits tasks;
// workers run them, most urgent first.
//
//	p, err := task.New(task.Config{Queue: q, Workers: 8})
//	err = task.Register(p, "bot.move", func(ctx context.Context, m Move) error { … }, task.Options{})
//	err = p.Submit(ctx, task.Task{Type: "bot.move", Payload: move, Deadline: end})
//	err = p.Run(ctx) // drains, then returns
//
// # What is guaranteed
//
// A task ends as exactly one of completed, failed and late, and the
// [Config.Observer] is told which. A task whose deadline has passed never
// runs: [Options.Late] or [Config.Late] is called in its place. A task of a
// type that nobody registered goes to the dead letters as
// [pitboss.ReasonNoHandler]. A task that fails is tried again as its type or
// the processor says, and then goes to the dead letters. After a crash or a
// lost lease a task may run again, so it should be safe to repeat.
//
// Priorities, delays, durability and bounds are the queue's; see package queue.
package task
