// Package top shows a running server in a terminal: rooms, states, queues,
// rates and errors, the worst first. [Screen] draws a [Snapshot] and knows no
// terminal; [Model] keeps it up to date in one.
package top
