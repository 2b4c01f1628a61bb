package natsqueue

import (
	"context"
	"errors"
	"fmt"

	"github.com/pitboss-dev/pitboss"
)

const (
	// maxRecord bounds what gathers in a record, so that a burst does not become one write
	// that everybody waits for.
	maxRecord = 1 << 20
	// moveBytes is how much a record carries of what is moved out of the way
	// of a clean-up.
	moveBytes = 256 << 10
)

// start makes sure that somebody writes, if there is something to write.
func (l *log) start() {
	if l.writing || l.fault != nil || len(l.batches) == 0 && !l.due {
		return
	}
	l.writing = true
	l.store.work.Go(l.write)
}

// write writes until there is nothing left to write.
func (l *log) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.fault == nil && (len(l.batches) > 0 || l.due) {
		b := l.take()
		record, last := b.record(l.writer, l.count, l.highest), l.last
		l.mu.Unlock()
		position, err := l.publish(context.Background(), record, last)
		l.mu.Lock()
		l.settle(b, position, uint64(len(record)), err)
		l.tidy()
	}
	l.writing = false
	l.settled.Broadcast()
}

// record puts the header in front.
func (b *batch) record(writer, count, sequence uint64) []byte {
	var header [headRoom]byte
	h := appendHeader(header[:0], writer, count, sequence)
	from := headRoom - len(h)
	copy(b.buffer[from:], h)
	return b.buffer[from:]
}

// take makes the next batch complete: with the changes since the last one, and
// with what is in the way of a clean-up.
func (l *log) take() *batch {
	var b *batch
	if len(l.batches) > 0 {
		b = l.batches[0]
		l.batches[0] = nil
		l.batches = l.batches[1:]
	} else {
		b = l.newBatch()
	}
	n := 0
	for n < len(l.changes) {
		t := l.changes[n]
		before := len(b.buffer)
		if t.state == itemEnded {
			b.buffer = appendOp(b.buffer, opEnd, t.sequence)
		} else {
			b.buffer = appendStatus(appendOp(b.buffer, opState, t.sequence), &t.status)
		}
		if len(b.buffer) > l.limit {
			b.buffer = b.buffer[:before]
			break
		}
		t.pending = false
		b.changes = append(b.changes, t)
		n++
	}
	l.changes = append(l.changes[:0], l.changes[n:]...)
	l.due = len(l.changes) > 0
	l.move(b)
	return b
}

// settle acts upon what became of b.
func (l *log) settle(b *batch, position, size uint64, err error) {
	b.err, l.refused = err, err != nil
	if err == nil {
		l.last = position
		l.count++
	}
	for _, t := range b.items {
		switch {
		case t.state != itemStaged: // it has expired in the meantime
		case err != nil:
			l.fail(t)
		default:
			t.state, t.position, t.offset = itemLive, position, l.written
			l.live.pushBack(t)
			l.liveBytes += uint64(t.size)
		}
	}
	if err == nil {
		for _, t := range b.moved {
			if t.state == itemLive || t.state == itemSeen {
				l.live.remove(t)
				t.position, t.offset = position, l.written
				l.live.pushBack(t)
			}
		}
		l.written += size
	} else {
		for _, t := range b.changes {
			if !l.closing && (t.state == itemLive || t.state == itemEnded) {
				l.change(t)
			}
		}
		if errors.Is(err, ErrFenced) || errors.Is(err, pitboss.ErrClosed) {
			l.stop(err)
		}
	}
	if cap(b.buffer) <= maxRecord {
		l.spare = b.buffer[:0]
	}
	if b.done != nil {
		close(b.done)
	}
	l.settled.Broadcast()
}

// stop gives up for good.
func (l *log) stop(err error) {
	l.fault = err
	for _, b := range l.batches {
		for _, t := range b.items {
			l.fail(t)
		}
		b.err = err
		close(b.done)
	}
	l.batches, l.changes = nil, nil
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	l.store.work.Go(l.onFault)
}

// publish writes a record, which must come right after last, and returns its
// place. It asks again for as long as there is a connection, and ctx lasts: until
// then nobody knows what the log holds.
func (l *log) publish(ctx context.Context, record []byte, last uint64) (uint64, error) {
	position, err := l.out.publish(ctx, l.name, record, last)
	if err != nil {
		return 0, fmt.Errorf("queue log %s: %w", l.name, err)
	}
	return position, nil
}
