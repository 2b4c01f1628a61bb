package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/codec"
	"github.com/pitboss-dev/pitboss/queue"
)

// QueueConfig describes a [Queue]. Config.Name is required: it is how the
// queue is found again.
type QueueConfig[T any] struct {
	// Config is the engine's. Its Name may hold letters, digits, - and _.
	// Dropped is told before the message leaves the store, so it may be told
	// again after a crash; a [Queue] that is opened tells what expired in the
	// meantime.
	queue.Config[T]
	// FIFO delivers in order of arrival, whatever the priority. False: the
	// most urgent first.
	FIFO bool
	// Codec encodes the payloads. Nil: JSON in an envelope.
	Codec codec.Codec[T]
	// CompactBytes is how much of what has ended may lie in the store before
	// it is cleaned up. Zero: 16 MiB.
	CompactBytes int64
}

const (
	defaultCompact = 16 << 20
	defaultIDs     = 1 << 16 // as many as the engine remembers
	closeGrace     = 5 * time.Second
)

// Queue is a durable queue: an engine of package queue, and a log under it. It
// implements all that [queue.Memory] does.
//
// Enqueue returns once the message is in the log, and no consumer gets it
// before. Ends are written within 10 ms: what ended later than that before a
// crash is delivered again, and so is what was in flight. Attempts and their
// history are counted across restarts with the same grain.
//
// All methods are safe for concurrent use.
type Queue[T any] struct {
	name       string
	engine     *queue.Memory[*message[T]]
	log        *log
	codec      codec.Codec[T]
	dropped    func(queue.Drop[T])
	dedupes    bool
	durability pitboss.Durability
	limit      int
	base       uint64 // what had ended when the queue was opened
	scratch    sync.Pool
}

var (
	_ pitboss.BatchQueue[int] = (*Queue[int])(nil)
	_ pitboss.Inspector[int]  = (*Queue[int])(nil)
	_ pitboss.KeyOrderer      = (*Queue[int])(nil)
)

// message is what the engine carries.
type message[T any] struct {
	pitboss.Message[T] // never changed
	item               // the log's
	queue              *Queue[T]
	ender              pitboss.Ender // the engine's; set once, under the log's lock
}

// appendMessage implements source.
func (m *message[T]) appendMessage(b []byte, enqueuedAt time.Time) []byte {
	return appendMessage(b, &m.Message, enqueuedAt)
}

// payload implements source.
func (m *message[T]) payload() ([]byte, error) {
	return m.queue.codec.Append(nil, &m.Payload)
}

// Name returns the name in the configuration: consumers put it into their dead
// letters.
func (q *Queue[T]) Name() string { return q.name }

func (q *Queue[T]) newMessage(m pitboss.Message[T]) *message[T] {
	made := &message[T]{Message: m, queue: q}
	made.source = made
	if q.dedupes {
		made.id = m.ID
	}
	return made
}

// envelope is m as the engine sees it.
func (m *message[T]) envelope() pitboss.Message[*message[T]] {
	return pitboss.Message[*message[T]]{
		Payload: m, Key: m.Key, ID: m.ID, Priority: m.Priority, Delay: m.Delay, TTL: m.TTL, Deadline: m.Deadline,
	}
}

// Enqueue adds m and returns once it is as safe as the store promises. It fails
// as [queue.Memory.Enqueue] does; with a [SizeError] on a message that is too
// large; with [ErrFenced] once another owner has opened the queue; and with the
// context's error if that ends a second before the store has answered: whether the
// message was accepted is unknown then, and an ID makes it safe to try again.
func (q *Queue[T]) Enqueue(ctx context.Context, m pitboss.Message[T]) (pitboss.Receipt, error) {
	receipt, b, err := q.put(ctx, m)
	if err != nil {
		return pitboss.Receipt{}, err
	}
	if err := b.wait(ctx); err != nil {
		return pitboss.Receipt{}, fmt.Errorf("%s: %w", q.name, err)
	}
	return receipt, nil
}

// EnqueueBatch adds the messages in order and waits for the store once. It
// returns how many were dealt with, duplicates included; on an error those from
// that index on were not queued, unless the error says that the store failed:
// then none may be.
func (q *Queue[T]) EnqueueBatch(ctx context.Context, messages []pitboss.Message[T]) (int, error) {
	var batches []*batch
	n, err := 0, error(nil)
	for ; n < len(messages); n++ {
		var b *batch
		if _, b, err = q.put(ctx, messages[n]); err != nil {
			break
		}
		if b != nil && (len(batches) == 0 || batches[len(batches)-1] != b) {
			batches = append(batches, b)
		}
	}
	for _, b := range batches {
		if fault := b.wait(ctx); fault != nil {
			return 0, errors.Join(err, fmt.Errorf("%s: %w", q.name, fault))
		}
	}
	return n, err
}

// put hands m to the engine and to the log, and returns what to wait for, if
// anything.
func (q *Queue[T]) put(ctx context.Context, m pitboss.Message[T]) (pitboss.Receipt, *batch, error) {
	scratch, _ := q.scratch.Get().(*[]byte)
	defer q.scratch.Put(scratch)
	payload, err := q.codec.Append((*scratch)[:0], &m.Payload)
	if err != nil {
		return pitboss.Receipt{}, nil, fmt.Errorf("%s: encode: %w", q.name, err)
	}
	if cap(payload) <= maxRecord {
		*scratch = payload
	}
	if size := len(payload) + overhead(&m); size > q.limit {
		return pitboss.Receipt{}, nil, &SizeError{q.name, size, q.limit}
	}
	made := q.newMessage(m)
	receipt, err := q.engine.Enqueue(ctx, made.envelope())
	if err != nil {
		return pitboss.Receipt{}, nil, q.fault(err)
	}
	if receipt.Duplicate && q.log.lost(m.ID) {
		// The engine knows the ID from a message that the log did not take.
		again := made.envelope()
		again.ID = ""
		if receipt, err = q.engine.Enqueue(ctx, again); err != nil {
			return pitboss.Receipt{}, nil, q.fault(err)
		}
	}
	receipt.Durability = q.durability
	if receipt.Duplicate {
		return receipt, q.log.tail(), nil
	}
	b, err := q.log.stage(&made.item, receipt.Sequence, time.Now(), payload)
	if err != nil {
		return pitboss.Receipt{}, nil, fmt.Errorf("%s: %w", q.name, err)
	}
	return receipt, b, nil
}

// fault tells why the engine is closed, if that was not by Close.
func (q *Queue[T]) fault(err error) error {
	if errors.Is(err, pitboss.ErrClosed) {
		if cause := q.log.broken(); cause != nil {
			return fmt.Errorf("%s: %w", q.name, cause)
		}
	}
	return err
}

// overhead is at most what the log adds to a payload.
func overhead[T any](m *pitboss.Message[T]) int {
	n := 200 + len(m.Key) + len(m.ID) + len(m.Topic) + len(m.CorrelationID)
	for key, value := range m.Headers {
		n += len(key) + len(value) + 10
	}
	return n
}

// SizeError refuses a message that the store cannot take. It matches
// [pitboss.ErrInvalid].
type SizeError struct {
	Queue       string
	Size, Limit int // bytes, encoded
}

// Error tells the sizes and what can be done.
func (e *SizeError) Error() string {
	return fmt.Sprintf("%s: a message of %d bytes, and the store takes %d; send a reference instead, or raise the store's largest payload",
		e.Queue, e.Size, e.Limit)
}

// Unwrap makes every SizeError match [pitboss.ErrInvalid].
func (e *SizeError) Unwrap() error { return pitboss.ErrInvalid }

// Close is [queue.Memory.Close]; what is left stays in the store for the next
// opening. Deliveries that are still in flight can be ended until the store is
// closed.
func (q *Queue[T]) Close(ctx context.Context) error {
	err := q.engine.Close(ctx)
	// What has ended is to be written also when ctx has run out.
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
	defer cancel()
	if fault := q.log.close(flush); fault != nil && !errors.Is(fault, ErrFenced) {
		err = errors.Join(err, fmt.Errorf("%s: %w", q.name, fault))
	}
	return err
}
