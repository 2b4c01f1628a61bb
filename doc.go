// Package pitboss holds the contracts that every part of pitboss shares:
// what a message is, how a queue hands it out and takes it back, and the
// errors that cross package borders. It depends on the standard library only
// and contains no implementation.
//
// # Where to look
//
//   - Queues in memory: package queue.
//   - The consumer loop, retries and middleware: package handler.
//   - Background work with a deadline: package task.
//   - One game, decided command by command: package room.
//
// # Life of a message
//
// A producer calls [Queue.Enqueue]; the [Receipt] says how safe the message
// now is. A consumer calls [Queue.Dequeue] and gets a [Delivery], which ends in
// exactly one of [Delivery.Ack], [Delivery.Nak] and [Delivery.Term]. Whatever
// becomes of a message is counted in [Stats]; nothing disappears in silence.
//
//	enqueue ─▶ delayed ─▶ ready ─▶ in flight ─▶ acknowledged
//	              ▲         │          │
//	              │         │          ├─▶ terminated (dead letter)
//	              │         ▼          │
//	              │      expired       │
//	              └──────── nak ◀──────┘
package pitboss
