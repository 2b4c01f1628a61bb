// Package pitboss holds the contracts that every part of pitboss shares:
// what a message is, how a queue hands it out and takes it back, and the
// errors that cross package borders. It depends on the standard library only
// and contains no implementation.
//
// # Where to look
//
//   - Queues in memory: package queue. Queues that outlive the process: package
//     natsqueue. A suite for queues of your own: package queuetest.
//   - The consumer loop, retries and middleware: package handler.
//   - What was given up on, and the way back: package deadletter.
//   - Who handles what, by topic, name, pattern or content: package route.
//   - Payloads as bytes: package codec.
//   - Background work with a deadline: package task.
//   - Events to subscribers: package eventbus.
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
