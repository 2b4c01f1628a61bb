package queue

import (
	"time"

	"github.com/pitboss-dev/pitboss"
)

// block is the entries of a chunk with their messages. It is what deliveries are
// bound to, so that ending one looks nothing up.
//
// A message is kept in two parts: its payload, and the options, which most do
// not have. So a message without options is moved in and out at the cost of its
// payload.
type block[T any] struct {
	cells
	payloads [chunkSize]T
	options  *[chunkSize]options // nil until one of the messages has some
	queue    *Memory[T]
	group    *group
	index    uint32
}

// options are the fields of a [pitboss.Message] other than its payload and its
// priority, which its entry knows.
type options struct {
	key, id, topic, correlation string
	headers                     map[string]string
	delay, ttl                  time.Duration
	deadline                    time.Time
}

// noOptions are those of a bare message.
var noOptions options

// setOptions gives m these options.
func setOptions[T any](m *pitboss.Message[T], o *options) {
	m.Key, m.ID, m.Topic, m.CorrelationID = o.key, o.id, o.topic, o.correlation
	m.Headers, m.Delay, m.TTL, m.Deadline = o.headers, o.delay, o.ttl, o.deadline
}

// bare says that m has a payload and a priority and nothing else.
func bare[T any](m *pitboss.Message[T]) bool {
	return len(m.Key)|len(m.ID)|len(m.Topic)|len(m.CorrelationID)|int(m.Delay|m.TTL) == 0 &&
		m.Headers == nil && m.Deadline == (time.Time{}) //nolint:staticcheck // bit by bit: the zone is kept, too
}

// keep stores the message of entry i, and returns what the entry's flags must
// say about it.
func (b *block[T]) keep(i uint32, m *pitboss.Message[T]) flags {
	b.payloads[i%chunkSize] = m.Payload
	if bare(m) {
		return 0
	}
	b.keepOptions(i, m)
	return flagOptions
}

func (b *block[T]) keepOptions(i uint32, m *pitboss.Message[T]) {
	if b.options == nil {
		b.options = new([chunkSize]options)
	}
	b.options[i%chunkSize] = options{
		key: m.Key, id: m.ID, topic: m.Topic, correlation: m.CorrelationID,
		headers: m.Headers, delay: m.Delay, ttl: m.TTL, deadline: m.Deadline,
	}
}

// copyTo makes m the message of entry i. It writes no more than it must: where
// deliveries are used again, there seldom is anything to clear.
func (b *block[T]) copyTo(m *pitboss.Message[T], i uint32, e *entry) {
	m.Payload = b.payloads[i%chunkSize]
	m.Priority = pitboss.PriorityAt(int(e.level))
	switch {
	case e.is(flagOptions):
		setOptions(m, &b.options[i%chunkSize])
	case !bare(m):
		setOptions(m, &noOptions)
	}
}

// empty clears the place of entry i's payload and history, so that the queue
// keeps nothing alive that it no longer holds. It is for whoever has ended the
// delivery, with the lock or without.
func (b *block[T]) empty(i uint32, e *entry) {
	var none T
	b.payloads[i%chunkSize] = none
	if e.is(flagFailed) {
		e.history = nil
	}
}

// forget clears the place of entry i's message. It needs the lock, under which
// the options of any message may be read.
func (b *block[T]) forget(i uint32, e *entry) {
	b.empty(i, e)
	if e.is(flagOptions) {
		b.options[i%chunkSize] = options{}
	}
}

// message returns the message of entry i.
func (q *Memory[T]) message(i uint32, e *entry) (m pitboss.Message[T]) {
	q.blocks[i>>chunkBits].copyTo(&m, i, e)
	return m
}

// key returns the key of entry i's message, which may be in flight.
func (q *Memory[T]) key(i uint32, e *entry) string {
	if !e.is(flagOptions) {
		return ""
	}
	return q.blocks[i>>chunkBits].options[i%chunkSize].key
}

func (q *Memory[T]) allocate(index uint32) *cells {
	if int(index)/groupSize == len(q.groups) {
		q.groups = append(q.groups, new(group))
	}
	b := &block[T]{queue: q, group: q.groups[index/groupSize], index: index}
	if int(index) < len(q.blocks) {
		q.blocks[index] = b
	} else {
		q.blocks = append(q.blocks, b)
	}
	return &b.cells
}

func (q *Memory[T]) released(index uint32) { q.blocks[index] = nil }
