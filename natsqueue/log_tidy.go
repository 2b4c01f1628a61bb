package natsqueue

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// purge is a clean-up that is under way.
type purge struct {
	to     uint64 // the first record that is kept; zero: none is under way
	offset uint64
	from   time.Time
}

// purgeAfter is how long a clean-up waits after what it removes was written
// again further on: until that is surely synced, because a power cut that took
// the copy must not find the original gone. Where every write is synced it does
// not wait.
const purgeAfter = 10 * syncInterval

// head is the offset and the place of the first record that is still needed;
// the last one always is, because it tells the highest sequence.
func (l *log) head() (offset, position uint64) {
	l.forget()
	if t := l.live.first; t != nil {
		return t.offset, t.position
	}
	return l.written, l.last
}

// move adds to b the oldest messages that are left, when they keep more from
// being cleaned up than there is alive. So the log holds at most about twice
// what is alive, plus compact, and each byte is moved less than once per byte
// written.
func (l *log) move(b *batch) {
	offset, _ := l.head()
	if l.written-offset < l.liveBytes+max(l.compact, l.liveBytes) {
		return
	}
	from := len(b.buffer)
	for t := l.live.first; t != nil && len(b.buffer)-from < moveBytes; t = t.next {
		before := len(b.buffer)
		if t.state == itemSeen {
			b.buffer = appendString(appendInstant(appendOp(b.buffer, opSeen, t.sequence), t.enqueuedAt), t.id)
		} else {
			payload, err := t.source.payload()
			if err == nil {
				b.buffer = encodeAdd(b.buffer, t, payload)
			}
			if err != nil { // it was encoded before, so this is a codec's whim
				l.store.config.Log.ErrorContext(context.Background(), "store: message cannot be moved; its log grows until it ends",
					"stream", l.name, "sequence", t.sequence, "error", err)
				b.buffer = b.buffer[:before]
				return
			}
		}
		if len(b.buffer) > l.limit {
			b.buffer = b.buffer[:before]
			return
		}
		b.moved = append(b.moved, t)
	}
}

// tidy removes from the stream what is no longer needed, when it is worth it.
func (l *log) tidy() {
	if l.fault != nil {
		return
	}
	if l.purge.to == 0 {
		least := l.compact
		if l.refused {
			least = 1 // a full store is cleaned up of all that can go
		}
		if offset, position := l.head(); offset-l.purged >= least {
			l.purge = purge{position, offset, time.Now()}
		}
		return
	}
	if time.Since(l.purge.from) < l.purgeAfter {
		return
	}
	p := l.purge
	l.purge = purge{}
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), publishTimeout)
	err := l.stream.Purge(ctx, jetstream.WithPurgeSequence(p.to))
	cancel()
	l.mu.Lock()
	if err != nil { // the next write tries again
		l.store.config.Log.WarnContext(context.Background(), "store: clean-up failed", "stream", l.name, "error", err)
		return
	}
	l.purged = p.offset
}
