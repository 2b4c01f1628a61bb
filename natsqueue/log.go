package natsqueue

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
)

// log is a queue's log: what its messages go through before they are
// acknowledged. It commits in groups: while one record is on its way, all that
// comes gathers in the next. Additions are waited for; changes and ends are
// not, they go with the next record, or by themselves after changeDelay.
type log struct {
	store   *Store
	stream  jetstream.Stream
	out     fencedStream // the same one, to write to
	name    string       // of the stream, and its only subject
	writer  uint64
	limit   int // bytes of a record
	compact uint64
	window  time.Duration // for which IDs are remembered
	ids     int           // how many, at most
	onFault func()

	mu       sync.Mutex
	settled  sync.Cond // a batch was written, or failed
	last     uint64    // the stream's last sequence, which fences
	count    uint64    // records written
	highest  uint64    // sequence given out
	batches  []*batch  // to be written, oldest first
	youngest *batch    // the last one staged, written or not
	changes  []*item
	due      bool // the changes have waited for long enough
	timer    *time.Timer
	writing  bool
	closing  bool
	fault    error // why nothing is written any more
	spare    []byte

	failed    map[string]struct{} // IDs of messages that could not be written
	live      items
	seen      []*item // those of live that are itemSeen, oldest first
	liveBytes uint64
	written   uint64 // bytes, as offsets count them
	purged    uint64 // offset before which nothing is left
	purge     purge
	refused   bool // the last write was, for want of space perhaps

	purgeAfter time.Duration
}

// changeDelay is how long an end waits for company. An end that is younger when
// the process dies is forgotten, and the message delivered again.
const changeDelay = 10 * time.Millisecond

// batch is what one record will hold.
type batch struct {
	buffer  []byte
	items   []*item
	changes []*item
	moved   []*item
	done    chan struct{}
	err     error
}

// stage has t written and returns the batch to wait for. sequence and
// enqueuedAt are t's.
func (l *log) stage(t *item, sequence uint64, enqueuedAt time.Time, payload []byte) (*batch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.highest = max(l.highest, sequence)
	if t.state == itemEnded { // it has expired at once
		return nil, nil
	}
	t.sequence, t.enqueuedAt = sequence, enqueuedAt
	if l.fault != nil {
		l.fail(t)
		return nil, l.fault
	}
	var b *batch
	if n := len(l.batches); n > 0 && len(l.batches[n-1].buffer)+len(payload) <= min(maxRecord, l.limit/4) {
		b = l.batches[n-1]
	} else {
		b = l.newBatch()
		l.batches = append(l.batches, b)
		l.youngest = b
	}
	before := len(b.buffer)
	b.buffer = encodeAdd(b.buffer, t, payload)
	b.items = append(b.items, t)
	t.state, t.size = itemStaged, len(b.buffer)-before
	l.start()
	return b, nil
}

func (l *log) newBatch() *batch {
	b := &batch{done: make(chan struct{}), buffer: l.spare}
	l.spare = nil
	b.buffer = append(b.buffer[:0], make([]byte, headRoom)...) // for the header, which comes last
	return b
}

func encodeAdd(b []byte, t *item, payload []byte) []byte {
	b = t.source.appendMessage(appendOp(b, opAdd, t.sequence), t.enqueuedAt)
	return appendString(appendStatus(b, &t.status), payload)
}

// answerGrace is how long a producer whose context has ended still waits for
// the store's answer, because to know is worth more than to be on time.
const answerGrace = time.Second

// wait returns once b is written, or, with the context's error, some time after
// that has ended; it is unknown then what becomes of b.
func (b *batch) wait(ctx context.Context) error {
	if b == nil {
		return nil
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
	}
	grace := time.NewTimer(answerGrace)
	defer grace.Stop()
	select {
	case <-b.done:
		return b.err
	case <-grace.C:
		return fmt.Errorf("the message is on its way to the store, and may or may not arrive: %w", context.Cause(ctx))
	}
}

// delivered notes a delivery of t, once t itself is safe. It reports whether t
// was ever accepted.
func (l *log) delivered(ctx context.Context, t *item, attempt int) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.state <= itemStaged && l.fault == nil {
		stop := context.AfterFunc(ctx, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.settled.Broadcast()
		})
		defer stop()
		for t.state <= itemStaged && l.fault == nil {
			if ctx.Err() != nil {
				return true, context.Cause(ctx)
			}
			l.settled.Wait()
		}
	}
	if l.fault != nil {
		return true, l.fault
	}
	if t.state == itemFailed {
		return false, nil
	}
	t.attempt, t.due, t.pass = attempt, time.Time{}, false
	l.change(t)
	return true, nil
}

// back notes that t was handed back.
func (l *log) back(t *item, r pitboss.Retry) {
	due := time.Now().Add(r.Delay)
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.state != itemLive {
		return
	}
	if t.due = (time.Time{}); r.Delay > 0 {
		t.due = due
	}
	t.pass = r.Pass
	if !r.Attempt.IsZero() {
		r.Attempt.Error = r.Attempt.Error[:min(len(r.Attempt.Error), errorKept)]
		kept := t.history[max(0, len(t.history)-historyKept+1):]
		t.history = slices.Concat(kept, []pitboss.Attempt{r.Attempt})
	}
	l.change(t)
}

const (
	// historyKept is as many attempts as the engine remembers.
	historyKept = 32
	// errorKept is how much of an attempt's error is written, in bytes.
	errorKept = 2048
)

// end notes that t is gone.
func (l *log) end(t *item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch t.state {
	case itemLive:
		l.liveBytes -= uint64(t.size)
		l.remember(t)
	case itemNew, itemStaged:
	default:
		return
	}
	written := t.state != itemNew
	t.state = itemEnded
	if written {
		l.change(t)
	}
}

// remember takes t out of the live ones, and leaves its ID in its place for as
// long as that is to be recognised.
func (l *log) remember(t *item) {
	if t.id == "" || time.Since(t.enqueuedAt) >= l.window {
		l.live.remove(t)
		return
	}
	s := &item{
		sequence: t.sequence, enqueuedAt: t.enqueuedAt, id: t.id, state: itemSeen,
		position: t.position, offset: t.offset, size: len(t.id) + 32,
	}
	l.live.replace(t, s)
	l.liveBytes += uint64(s.size)
	l.seen = append(l.seen, s)
	l.forget()
}

// forget lets go of the IDs that need not be recognised any more.
func (l *log) forget() {
	for len(l.seen) > 0 && (len(l.seen) > l.ids || time.Since(l.seen[0].enqueuedAt) >= l.window) {
		s := l.seen[0]
		l.seen[0] = nil
		l.seen = l.seen[1:]
		l.live.remove(s)
		l.liveBytes -= uint64(s.size)
		s.state = itemEnded
	}
}

// change has t's change written before long. However often it changes until
// then, it is written once.
func (l *log) change(t *item) {
	if !t.pending {
		t.pending = true
		l.changes = append(l.changes, t)
	}
	switch {
	case l.closing:
		l.due = true
		l.start()
	case l.timer == nil:
		l.timer = time.AfterFunc(changeDelay, l.ring)
	}
}

func (l *log) ring() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = nil
	if len(l.changes) > 0 {
		l.due = true
		l.start()
	}
}

// close writes what is to be written, for as long as ctx lasts. What ends later
// is written at once.
func (l *log) close(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing = true
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	l.due = len(l.changes) > 0
	l.start()
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.settled.Broadcast()
	})
	defer stop()
	for l.writing && ctx.Err() == nil {
		l.settled.Wait()
	}
	if l.fault != nil {
		return l.fault
	}
	return context.Cause(ctx)
}

// fail marks t as never accepted.
func (l *log) fail(t *item) {
	t.state = itemFailed
	if t.id == "" {
		return
	}
	if l.failed == nil || len(l.failed) >= l.ids {
		l.failed = make(map[string]struct{})
	}
	l.failed[t.id] = struct{}{}
}

// lost says whether the message of that ID could not be written, and forgets
// it.
func (l *log) lost(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.failed[id]
	delete(l.failed, id)
	return ok
}

// accepted says whether t was not refused, and when it came.
func (l *log) accepted(t *item) (bool, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return t.state != itemFailed, t.enqueuedAt
}

// broken says why nothing is written any more.
func (l *log) broken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault
}

// tail is the youngest batch, or nil.
func (l *log) tail() *batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.youngest
}
