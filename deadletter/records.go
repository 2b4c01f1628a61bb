package deadletter

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Records keeps entries where they outlive the process. What a method has
// returned from without an error is safe; repeating it is harmless. The store
// calls Write and Remove one at a time.
type Records interface {
	// Write keeps a record under an ID, in place of the one before. An error
	// that matches [pitboss.ErrInvalid] says that it is too large.
	Write(ctx context.Context, id string, record []byte) error
	// Remove lets go of an ID's record, if there is one.
	Remove(ctx context.Context, id string) error
	// Each calls each with all records there are, in any order.
	Each(ctx context.Context, each func(record []byte) error) error
}

// ErrUnreadable: what is kept of the payload cannot be turned back into one.
var ErrUnreadable = errors.New("the payload cannot be read back")

const savedVersion = 1

// saved is an entry as it is written down.
type saved struct {
	Version int `json:"version"`

	pitboss.DeadLetter[json.RawMessage]

	State      State     `json:"state"`
	Parked     bool      `json:"parked,omitempty"`
	Retries    int       `json:"retries,omitempty"`
	RetryError string    `json:"retry_error,omitempty"`
	ResolvedAt time.Time `json:"resolved_at,omitzero"`
	// Lost is why the payload is not in the record.
	Lost string `json:"lost,omitempty"`

	Places  []savedPlace `json:"places"`
	Used    int          `json:"used,omitempty"`
	Touched time.Time    `json:"touched"`
	Returns int          `json:"returns,omitempty"`
	Own     int          `json:"own,omitempty"`
}

type savedPlace struct {
	Queue      string `json:"queue"`
	Sequence   uint64 `json:"sequence"`
	EnqueuedAt int64  `json:"enqueued_at"`
}

// encode writes r down as it is now. A payload that cannot be encoded, or that
// is not wanted, leaves its fault in its place.
func (s *Store[T]) encode(r *record[T], lost error) ([]byte, error) {
	l, m := &r.DeadLetter, &r.Message
	w := saved{
		Version: savedVersion, State: r.State, Parked: r.Parked, Retries: r.Retries, RetryError: r.RetryError,
		ResolvedAt: r.ResolvedAt, Used: r.used, Touched: r.touched, Returns: r.returns, Own: r.own,
		DeadLetter: pitboss.DeadLetter[json.RawMessage]{
			ID: l.ID, Queue: l.Queue, Sequence: l.Sequence, EnqueuedAt: l.EnqueuedAt, At: l.At, Reason: l.Reason,
			Error: l.Error, Attempts: l.Attempts, TraceID: l.TraceID, RetryAt: l.RetryAt,
			Message: pitboss.Message[json.RawMessage]{
				Key: m.Key, ID: m.ID, Topic: m.Topic, CorrelationID: m.CorrelationID, Headers: m.Headers,
				Priority: m.Priority, Delay: m.Delay, TTL: m.TTL, Deadline: m.Deadline,
			},
		},
	}
	for _, p := range r.places {
		w.Places = append(w.Places, savedPlace{p.queue, p.sequence, p.enqueuedAt})
	}
	switch {
	case lost != nil:
	case r.unread != nil:
		w.Message.Payload, lost = r.unread.text, r.unread.lost
	default:
		w.Message.Payload, lost = encodePayload(&m.Payload)
	}
	if lost != nil {
		w.Message.Payload, w.Lost = nil, lost.Error()
	}
	return json.Marshal(&w)
}

func encodePayload[T any](payload *T) (text []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("encoding panicked: %v", value)
		}
	}()
	return json.Marshal(payload)
}

// unread is a payload of an earlier process that is not decoded yet.
type unread struct {
	text json.RawMessage
	lost error // why there is no text
}

// read decodes the payload of a record that was loaded.
func (s *Store[T]) read(r *record[T]) (err error) {
	if r.unread == nil {
		return nil
	}
	if r.unread.lost != nil {
		return fmt.Errorf("%w: it was not kept: %w", ErrUnreadable, r.unread.lost)
	}
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%w: decoding panicked: %v", ErrUnreadable, value)
		}
	}()
	decode := s.config.Decode
	if decode == nil {
		decode = func(text []byte) (payload T, err error) {
			err = json.Unmarshal(text, &payload)
			return payload, err
		}
	}
	payload, err := decode(r.unread.text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	r.Message.Payload, r.unread = payload, nil
	return nil
}

// Load takes in what [Config.Records] holds, once, before anything is put. The
// observer is told [Restored] of each entry that is held. A payload that cannot
// be decoded is shown as it was written, and tried again when it is put back.
func (s *Store[T]) Load(ctx context.Context) error {
	return s.Take(ctx, func(string) bool { return true })
}

// Take is [Store.Load] for the entries of messages whose key belongs to this
// store from now on, where several share [Config.Records]. It may be called
// again and again.
func (s *Store[T]) Take(ctx context.Context, mine func(key string) bool) error {
	if s.config.Records == nil {
		return nil
	}
	var found []*record[T]
	err := s.config.Records.Each(ctx, func(text []byte) error {
		r, err := load[T](text)
		if err == nil && mine(r.Message.Key) {
			found = append(found, r)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("load dead letters: %w", err)
	}
	now := time.Now()
	s.change(ctx, func() []Change {
		var changes []Change
		for _, r := range found {
			if s.records[r.ID] != nil {
				continue
			}
			s.restore(r)
			if r.State == Held {
				changes = append(changes, Change{Restored, r.Entry()})
			}
		}
		inOrder[T](&s.held)
		inOrder[T](&s.done)
		return append(changes, s.trim(now)...)
	})
	return s.save(ctx, "")
}

// inOrder puts a list in order again to which entries of an earlier time were
// added.
func inOrder[T any](l *list.List) {
	all := make([]*list.Element, 0, l.Len())
	for e := l.Front(); e != nil; e = e.Next() {
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b *list.Element) int {
		return a.Value.(*record[T]).touched.Compare(b.Value.(*record[T]).touched)
	})
	for _, e := range all {
		l.MoveToBack(e)
	}
}

// Give lets go of the entries of messages whose key belongs to another store
// from now on. They stay in [Config.Records]. An entry that is being retried,
// or that could not be written, stays here too.
func (s *Store[T]) Give(ctx context.Context, leaving func(key string) bool) error {
	if s.config.Records == nil {
		return nil
	}
	if err := s.flush(ctx, ""); err != nil {
		return fmt.Errorf("let go of dead letters: %w", err)
	}
	select {
	case s.saving <- struct{}{}: // whoever wrote one now would find it gone, and remove it
		defer func() { <-s.saving }()
	case <-ctx.Done():
		return fmt.Errorf("let go of dead letters: %w", context.Cause(ctx))
	}
	s.change(ctx, func() []Change {
		var changes []Change
		for id, r := range s.records {
			if _, unsaved := s.unsaved[id]; unsaved || r.retrying != nil || !leaving(r.Message.Key) {
				continue
			}
			entry := r.Entry()
			s.forget(r)
			delete(s.unsaved, id)
			if r.State == Held {
				changes = append(changes, Change{LetGo, entry})
			}
		}
		return changes
	})
	return nil
}

// load takes a record apart.
func load[T any](text []byte) (*record[T], error) {
	var w saved
	if err := json.Unmarshal(text, &w); err != nil {
		return nil, fmt.Errorf("a record cannot be read: %w", err)
	}
	if w.Version != savedVersion || w.ID == "" {
		return nil, fmt.Errorf("a record has version %d, and this program reads %d", w.Version, savedVersion)
	}
	l, m := &w.DeadLetter, &w.Message
	r := &record[T]{
		Letter: Letter[T]{
			DeadLetter: pitboss.DeadLetter[T]{
				ID: l.ID, Queue: l.Queue, Sequence: l.Sequence, EnqueuedAt: l.EnqueuedAt, At: l.At, Reason: l.Reason,
				Error: l.Error, Attempts: l.Attempts, TraceID: l.TraceID, RetryAt: l.RetryAt,
				Message: pitboss.Message[T]{
					Key: m.Key, ID: m.ID, Topic: m.Topic, CorrelationID: m.CorrelationID, Headers: m.Headers,
					Priority: m.Priority, Delay: m.Delay, TTL: m.TTL, Deadline: m.Deadline,
				},
			},
			State: w.State, Parked: w.Parked, Retries: w.Retries, RetryError: w.RetryError, ResolvedAt: w.ResolvedAt,
			unread: &unread{text: m.Payload},
		},
		used: w.Used, touched: w.Touched, returns: w.Returns, own: w.Own,
	}
	if w.Lost != "" {
		r.unread.lost = errors.New(w.Lost)
	}
	for _, p := range w.Places {
		r.places = append(r.places, place{p.Queue, p.Sequence, p.EnqueuedAt})
	}
	return r, nil
}

// restore puts r where it was.
func (s *Store[T]) restore(r *record[T]) {
	s.records[r.ID] = r
	for _, at := range r.places {
		s.places[at] = r
	}
	if r.State != Held {
		r.element = s.done.PushBack(r)
		return
	}
	r.element = s.held.PushBack(r)
	_ = s.read(r) // tried again when it is wanted
	if !r.RetryAt.IsZero() {
		s.at(r, r.RetryAt)
	}
}
