package deadletter

// Kind says what happened to an entry.
type Kind string

const (
	// Put: a message became an entry.
	Put Kind = "put"
	// CameBack: a retried message died again and continues its entry.
	CameBack Kind = "came_back"
	// Restored: it has been held since before the process started.
	Restored Kind = "restored"
	// PutBack: the message was put back where it came from.
	PutBack Kind = "put_back"
	// TakenOut: it was recovered.
	TakenOut Kind = "taken_out"
	// Purged: it was removed on purpose.
	Purged Kind = "purged"
	// AgedOut: it was held for longer than the retention and is gone.
	AgedOut Kind = "aged_out"
	// Evicted: it made room for a newer one and is gone.
	Evicted Kind = "evicted"
	// LetGo: another store has it from now on.
	LetGo Kind = "let_go"
)

// Change is what happened to an entry, and the entry after it.
type Change struct {
	Kind  Kind
	Entry Entry
}

// Stats counts what a store did. Held and Scheduled speak of now, the rest of
// all time since the store was made. Entries that were retried or recovered and
// are then forgotten are not counted again.
type Stats struct {
	// Held counts the entries that wait, Scheduled those among them with a
	// retry to come.
	Held, Scheduled int
	// Put counts new entries, Repeated the writes that were there before,
	// CameBack the retried messages that died again.
	Put, Repeated, CameBack uint64
	// PutBack, TakenOut, Purged, AgedOut and Evicted count the ways out.
	PutBack, TakenOut, Purged, AgedOut, Evicted uint64
	// RetryFailures counts the times a message could not be put back.
	RetryFailures uint64
}
