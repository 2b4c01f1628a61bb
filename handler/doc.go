// Package handler runs handlers on the messages of a queue.
//
// # Which to pick
//
//   - [Consumer] hands messages to a handler one by one, several at a time,
//     in order by key where asked. This is the usual choice.
//   - [BatchConsumer] collects messages by number and time, for work that is
//     cheaper in bulk.
//   - [Chain] wraps a handler in middleware; [Sequence], [Each] and [When]
//     combine handlers into one.
//
// # What is guaranteed
//
// A message ends in exactly one way: handled, retried, or given up on. A
// failure goes back to the queue with a delay, so that no worker sleeps on it;
// the queue keeps a key's order meanwhile. Giving up writes the dead letter
// first and ends the message second: whatever happens in between, the message
// is in at least one of the two places. Handlers may therefore see a message
// again that they handled before, after a crash or a lost lease, and never
// lose one.
//
// A message whose deadline has passed never reaches the handler; see
// [Consumer.Fallback].
//
// A panic in a handler, fallback or hook is an error like any other and stops
// nothing.
package handler
