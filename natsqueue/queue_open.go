package natsqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/codec"
	"github.com/pitboss-dev/pitboss/queue"
)

// OpenQueue opens a queue, made if need be, with all that it held when it was
// last used. Whoever had it open before is fenced from then on.
func OpenQueue[T any](ctx context.Context, s *Store, c QueueConfig[T]) (*Queue[T], error) {
	if s == nil {
		return nil, fmt.Errorf("durable queue: %w", &pitboss.FieldError{Field: "store", Value: nil, Allowed: "a store"})
	}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	q := &Queue[T]{
		name: c.Name, codec: c.Codec, dropped: c.Dropped, dedupes: c.DedupeWindow > 0, durability: s.Durability(),
	}
	q.scratch.New = func() any { return new([]byte) }
	inner := queue.Config[*message[T]]{
		Name: c.Name, Capacity: c.Capacity, Overflow: c.Overflow, Visibility: c.Visibility,
		DedupeWindow: c.DedupeWindow, DedupeLimit: c.DedupeLimit, Ageing: c.Ageing,
		EarliestDeadlineFirst: c.EarliestDeadlineFirst, OrderByKey: c.OrderByKey, Dropped: q.drop,
	}
	newEngine := queue.NewPriority[*message[T]]
	if c.FIFO {
		newEngine = queue.NewFIFO[*message[T]]
	}
	var err error
	if q.engine, err = newEngine(inner); err != nil {
		return nil, err
	}
	name := s.config.Prefix + "-queue-" + c.Name
	stream, err := s.stream(ctx, jetstream.StreamConfig{Name: name, Subjects: []string{name}})
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", c.Name, err)
	}
	limit := int(s.conn.MaxPayload())
	q.limit = limit / 2 // so that a record can carry another one when it is moved
	q.log = &log{
		store: s, stream: stream, out: fencedStream{s, name, limit, true}, name: name, writer: rand.Uint64(), limit: limit, compact: uint64(c.CompactBytes),
		window: c.DedupeWindow, ids: cmp.Or(c.DedupeLimit, defaultIDs),
		onFault: func() {
			gone, cancel := context.WithCancel(context.Background())
			cancel()
			_ = q.engine.Close(gone) // what is left is the next owner's
		},
	}
	if s.Durability() < pitboss.OnDisk {
		q.log.purgeAfter = purgeAfter
	}
	q.log.settled.L = &q.log.mu
	if err := q.replay(ctx); err != nil {
		return nil, fmt.Errorf("queue %s: %w", c.Name, err)
	}
	return q, nil
}

func (c *QueueConfig[T]) prepare() error {
	var faults pitboss.FieldErrors
	if c.Name == "" {
		faults.Add("name", c.Name, "letters, digits, - and _")
	}
	for _, r := range c.Name {
		if !plain(r) {
			faults.Add("name", c.Name, "letters, digits, - and _")
			break
		}
	}
	if c.CompactBytes < 0 {
		faults.Add("compact_bytes", c.CompactBytes, "zero (16 MiB) or more")
	}
	if err := faults.Err(); err != nil {
		return fmt.Errorf("durable queue: %w", err)
	}
	if c.CompactBytes == 0 {
		c.CompactBytes = defaultCompact
	}
	if c.Codec == nil {
		envelope, err := codec.NewEnvelope(codec.EnvelopeConfig{}, codec.NewJSON[T]())
		if err != nil {
			return err
		}
		c.Codec = envelope
	}
	return nil
}

// replay reads the log and hands to the engine what has not ended.
func (q *Queue[T]) replay(ctx context.Context) error {
	l := q.log
	// The first record of this owner's fences the one before, whose own next
	// write expects another place.
	if err := l.seize(ctx); err != nil {
		return err
	}
	p := past[T]{queue: q, messages: make(map[uint64]*message[T])}
	at := uint64(0)
	err := l.store.read(ctx, l.name, "", 0, func(_ string, position uint64, record []byte) error {
		if at != 0 && position != at+1 { // records go from the front only
			return fmt.Errorf("%w: between records %d and %d of the log something is missing", ErrCorrupt, at, position)
		}
		at = position
		if err := p.replay(position, record); err != nil {
			return fmt.Errorf("record %d: %w", position, err)
		}
		return nil
	})
	if err == nil && at != l.last {
		err = fmt.Errorf("%w: the log ends at record %d, not at %d", ErrCorrupt, at, l.last)
	}
	if err != nil {
		return err
	}
	saved := make([]queue.Saved[*message[T]], 0, len(p.messages))
	for _, m := range p.messages {
		saved = append(saved, queue.Saved[*message[T]]{
			Message: m.envelope(), Sequence: m.sequence, EnqueuedAt: m.enqueuedAt,
			Attempt: m.attempt, Due: m.due, Pass: m.pass, History: m.history, Ended: m.state == itemSeen,
		})
	}
	slices.SortFunc(saved, func(a, b queue.Saved[*message[T]]) int { return cmp.Compare(a.Sequence, b.Sequence) })
	l.adopt(p.live)
	q.base = l.highest
	for i := range saved {
		if !saved[i].Ended {
			q.base--
		}
	}
	q.engine.Restore(saved, l.highest)
	return nil
}

// seize writes an empty record, with which the log changes hands.
func (l *log) seize(ctx context.Context) error {
	for first := true; ; first = false {
		info, err := l.stream.Info(ctx)
		if err != nil {
			return describe(err)
		}
		if !first && info.State.LastSeq == l.last {
			return fmt.Errorf("%w: the log ends at record %d, and the store says that it does not", ErrCorrupt, l.last)
		}
		l.last = info.State.LastSeq
		// The highest sequence is in the record before.
		if info.State.Msgs > 0 {
			m, err := l.stream.GetMsg(ctx, l.last)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				return fmt.Errorf("%w: the log's last record, %d, is missing", ErrCorrupt, l.last)
			}
			if err != nil {
				return describe(err)
			}
			r := reader{rest: m.Data}
			if l.highest, err = r.header(); err != nil {
				return err
			}
		}
		var b batch
		b.buffer = make([]byte, headRoom)
		position, err := l.publish(ctx, b.record(l.writer, 0, l.highest), l.last)
		if errors.Is(err, ErrFenced) && ctx.Err() == nil {
			continue // the other owner has just written; it will not any more
		}
		if err != nil {
			return err
		}
		l.last, l.count = position, 1
		return nil
	}
}

// adopt takes over what an earlier owner has left.
func (l *log) adopt(live items) {
	l.live = live
	for t := live.first; t != nil; t = t.next {
		l.liveBytes += uint64(t.size)
		if t.state == itemSeen {
			l.seen = append(l.seen, t)
		}
	}
}

// past is a log as far as it was read.
type past[T any] struct {
	queue    *Queue[T]
	messages map[uint64]*message[T]
	live     items
}

func (p *past[T]) replay(position uint64, record []byte) error {
	r := reader{rest: record}
	highest, err := r.header()
	if err != nil {
		return err
	}
	l := p.queue.log
	l.highest = max(l.highest, highest)
	for len(r.rest) > 0 && r.err == nil {
		before := len(r.rest)
		op, sequence := r.byte(), r.uvarint()
		m := p.messages[sequence]
		switch op {
		case opAdd:
			m, err = p.add(&r)
		case opState:
			if s := r.status(); m != nil {
				m.status = s
			}
			continue
		case opEnd:
			if m != nil {
				p.end(m)
			}
			continue
		case opSeen:
			m = p.queue.newMessage(pitboss.Message[T]{})
			m.enqueuedAt = r.instant()
			m.id = r.string()
			m.ID, m.state = m.id, itemSeen
		default:
			err = fmt.Errorf("%w: operation %d is unknown; upgrade this program", ErrCorrupt, op)
		}
		if err == nil {
			err = r.err
		}
		if err != nil {
			return fmt.Errorf("message %d: %w", sequence, err)
		}
		if was := p.messages[sequence]; was != nil {
			p.live.remove(&was.item) // this is it again, moved
		}
		p.messages[sequence] = m
		m.sequence, m.size = sequence, before-len(r.rest)
		m.position, m.offset = position, l.written
		p.live.pushBack(&m.item)
	}
	l.written += uint64(len(record))
	return r.err
}

func (p *past[T]) add(r *reader) (*message[T], error) {
	plain, enqueuedAt := readMessage[T](r)
	m := p.queue.newMessage(plain)
	m.enqueuedAt, m.status, m.state = enqueuedAt, r.status(), itemLive
	payload := r.bytes()
	if r.err != nil {
		return nil, r.err
	}
	return m, p.queue.codec.Decode(payload, &m.Payload)
}

// end forgets m, but for an ID that is still to be recognised.
func (p *past[T]) end(m *message[T]) {
	if m.id == "" {
		p.live.remove(&m.item)
		delete(p.messages, m.sequence)
		return
	}
	m.Message = pitboss.Message[T]{ID: m.id}
	m.status = status{}
	m.state, m.size = itemSeen, len(m.id)+32
}

// header reads what a record begins with, and returns the highest sequence.
func (r *reader) header() (uint64, error) {
	if v := r.byte(); v != recordVersion && r.err == nil {
		return 0, fmt.Errorf("%w: a record of version %d, and this program knows %d; upgrade it", ErrCorrupt, v, recordVersion)
	}
	r.fixed()
	r.uvarint()
	return r.uvarint(), r.err
}
