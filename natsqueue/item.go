package natsqueue

import "time"

// item is a message as its log knows it. Its fields are guarded by the log,
// but for source.
type item struct {
	sequence   uint64
	enqueuedAt time.Time
	status
	id      string // to be recognised also when the message has gone; or empty
	state   itemState
	pending bool // in the log's list of changes

	size       int    // of its opAdd
	position   uint64 // the record in the stream that it is in
	offset     uint64 // how many bytes had been written before that record
	next, prev *item  // in order of position

	source source
}

// source encodes a message again. It needs no lock.
type source interface {
	appendMessage(b []byte, enqueuedAt time.Time) []byte
	payload() ([]byte, error)
}

type itemState uint8

const (
	itemNew    itemState = iota // not yet in the log
	itemStaged                  // about to be written
	itemLive
	itemFailed // could not be written: it was never accepted
	itemEnded
	itemSeen // ended, and its ID remembered
)

// items is a list of items.
type items struct{ first, last *item }

func (l *items) pushBack(t *item) {
	t.prev, t.next = l.last, nil
	if l.last == nil {
		l.first = t
	} else {
		l.last.next = t
	}
	l.last = t
}

func (l *items) remove(t *item) {
	if t.prev == nil {
		l.first = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		l.last = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.next, t.prev = nil, nil
}

// replace puts with in t's place.
func (l *items) replace(t, with *item) {
	with.next, with.prev = t.next, t.prev
	if t.prev == nil {
		l.first = with
	} else {
		t.prev.next = with
	}
	if t.next == nil {
		l.last = with
	} else {
		t.next.prev = with
	}
	t.next, t.prev = nil, nil
}
