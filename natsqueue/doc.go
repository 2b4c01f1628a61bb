// Package natsqueue keeps queues and journals on NATS JetStream, in this
// process or on servers of their own.
//
//   - [Start] runs a server inside the process: nothing to install, a folder of
//     files. [Open] connects to it, or to servers elsewhere, as a [Store].
//   - [Queue] is a queue of package queue with a log under it: the engine in
//     memory does the scheduling, the log makes it last. So its order,
//     priorities, delays, deadlines, bounds and fairness are the same to the
//     letter.
//   - [Journal] keeps rooms' events, and lets only one owner of a room write.
//   - [DeadLetters] keeps what a package deadletter store holds.
//
// A queue and a room's journal have one owner at a time. A second one that
// writes makes the first fail with [ErrFenced], never the two write over each
// other.
package natsqueue
