// Package loadtest plays Liap Tui against a running server as many people at
// many tables, over the same WebSockets as they, and measures what they would
// feel.
package loadtest
