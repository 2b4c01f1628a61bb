package deadletter

import (
	"container/list"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

// Config describes a store. Its zero value keeps 10,000 entries for seven days
// and puts nothing back by itself but what was parked.
type Config[T any] struct {
	// Capacity is how many entries are kept; beyond it the oldest that were
	// disposed of go first, then the oldest that are held, parked ones
	// included. Zero: 10,000.
	Capacity int
	// Retention is how long an entry is kept after it was put, came back or
	// was disposed of. Zero: seven days; see [KeepForever].
	Retention time.Duration

	// Origins says how to put messages back, by queue; [Store.AddOrigin] adds
	// more.
	Origins map[string]Origin[T]

	// Retries is how often the store puts an entry back by itself, while Run
	// runs, before it leaves it to people. Zero: never.
	Retries int
	// Backoff spaces these retries. Its Attempts and RetryOn are not used.
	// Zero: from one minute doubling up to one hour, with full jitter.
	Backoff handler.Backoff
	// RetryReasons chooses which entries are put back in this way. Empty:
	// [pitboss.ReasonMaxRetries].
	RetryReasons []pitboss.Reason

	// Edit turns JSON that somebody wrote to replace a payload into one, or says
	// what is wrong with it; old is the payload as it was. It must not block. Nil:
	// payloads can only be put back as they were. See [EditJSON].
	Edit func(old T, text []byte) (T, error)

	// Scope is appended to the IDs that the store makes up, so that stores that
	// share Records, each with entries of its own, never choose the same one.
	// Empty: nothing is.
	Scope string
	// Records keeps the entries beyond the process. Put, Recover, Purge and the
	// end of Retry return once they are written; see [Store.Load]. Nil: they are
	// lost with it.
	Records Records
	// Decode turns JSON that encoding/json wrote of a payload, in an earlier
	// process, back into one. It must not block, nor call the store. Nil:
	// encoding/json.
	Decode func(text []byte) (T, error)

	// Observer is told of every change, after it, without any lock held, by the
	// goroutine that caused it. Nil: nobody is.
	Observer func(ctx context.Context, c Change)
}

// KeepForever is a [Config.Retention] that no entry reaches.
const KeepForever time.Duration = math.MaxInt64

const (
	defaultCapacity  = 10_000
	defaultRetention = 7 * 24 * time.Hour
	// attemptsKept and placesKept bound what is remembered of an entry that comes
	// back again and again: its attempts, and where it was.
	attemptsKept = 128
	placesKept   = 128
)

// Store keeps dead letters in memory, and in [Config.Records] where that is set.
// Its methods are safe for concurrent use.
type Store[T any] struct {
	config Config[T]
	wake   chan struct{} // tells Run of an earlier retry
	saving chan struct{} // held by who writes

	mu      sync.Mutex
	origins map[string]Origin[T]
	records map[string]*record[T] // by ID
	places  map[place]*record[T]
	held    list.List // of *record[T], oldest first
	done    list.List // retried and recovered ones, oldest first
	timers  timers[T]
	unsaved map[string]struct{} // IDs of entries that differ from what is written
	stats   Stats
}

var (
	_ pitboss.DeadLetters[int] = (*Store[int])(nil)
	_ handler.Keeper           = (*Store[int])(nil)
)

// record is an entry in the store.
type record[T any] struct {
	Letter[T]
	places   []place
	used     int           // attempts spent before it was parked
	touched  time.Time     // when it was put, came back or was disposed of
	element  *list.Element // in held or done
	returns  int           // how often it came back
	failures int           // put-backs that failed in a row
	own      int           // retries that were the store's own idea, parked messages' next attempts aside
	retrying chan struct{} // closed when the retry under way has ended
}

// place names a message in a queue. The time tells apart queues that had the
// same name one after the other.
type place struct {
	queue      string
	sequence   uint64
	enqueuedAt int64
}

func placeOf[T any](l *pitboss.DeadLetter[T]) place {
	return place{l.Queue, l.Sequence, l.EnqueuedAt.UnixNano()}
}

// numbered reports whether any queue had the message: letters that are made by
// hand have neither a sequence nor a time of arrival.
func (p place) numbered() bool {
	return p.sequence != 0 || p.enqueuedAt != time.Time{}.UnixNano()
}

// New makes a store. It fails with every fault of the configuration, joined.
func New[T any](c Config[T]) (*Store[T], error) {
	var faults pitboss.FieldErrors
	if c.Capacity < 0 {
		faults.Add("capacity", c.Capacity, "zero (10,000) or more")
	}
	if c.Retention < 0 {
		faults.Add("retention", c.Retention, "zero (seven days) or more")
	}
	if c.Retries < 0 {
		faults.Add("retries", c.Retries, "zero (never) or more")
	}
	for _, reason := range c.RetryReasons {
		if !slices.Contains(pitboss.Reasons(), reason) {
			faults.Add("retry_reasons", string(reason), "reasons among "+joined(pitboss.Reasons()))
		}
	}
	if err := c.Backoff.Validate(); err != nil {
		faults = append(faults, err)
	}
	if err := faults.Err(); err != nil {
		return nil, fmt.Errorf("dead letter store: %w", err)
	}
	if c.Capacity == 0 {
		c.Capacity = defaultCapacity
	}
	if c.Retention == 0 {
		c.Retention = defaultRetention
	}
	if len(c.RetryReasons) == 0 {
		c.RetryReasons = []pitboss.Reason{pitboss.ReasonMaxRetries}
	}
	if c.Backoff.First == 0 {
		c.Backoff.First = time.Minute
	}
	if c.Backoff.Max == 0 {
		c.Backoff.Max = max(time.Hour, c.Backoff.First)
	}
	s := &Store[T]{
		config:  c,
		wake:    make(chan struct{}, 1),
		saving:  make(chan struct{}, 1),
		unsaved: make(map[string]struct{}),
		origins: make(map[string]Origin[T]),
		records: make(map[string]*record[T]),
		places:  make(map[place]*record[T]),
	}
	for queue, origin := range c.Origins {
		s.AddOrigin(queue, origin)
	}
	return s, nil
}

// AddOrigin tells the store how to put messages back into a queue, in place of
// what it was told before.
func (s *Store[T]) AddOrigin(queue string, origin Origin[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.origins[queue] = origin
}

// Put keeps a dead letter. A message that has an entry already changes nothing;
// it is recognised by queue, sequence and time of arrival, or where the letter
// has neither of the last two, because no queue had the message, by the letter's
// ID, if it brings one. It fails if ctx has ended before, and if the letter cannot be written
// to [Config.Records]: then putting it again is safe, and is needed.
func (s *Store[T]) Put(ctx context.Context, letter pitboss.DeadLetter[T]) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("put dead letter: %w", err)
	}
	now := time.Now()
	if letter.At.IsZero() {
		letter.At = now
	}
	var id string
	s.change(ctx, func() []Change {
		at := placeOf(&letter)
		if there := s.there(&letter, at); there != nil {
			id = there.ID
			s.stats.Repeated++
			return nil
		}
		kind := CameBack
		r := s.left(&letter)
		if r != nil {
			s.resume(r, letter)
			s.stats.CameBack++
		} else {
			kind = Put
			r = &record[T]{Letter: Letter[T]{DeadLetter: letter}}
			r.ID = s.id(letter.ID, at)
			s.records[r.ID] = r
			s.stats.Put++
		}
		s.place(r, at)
		r.used = usedBefore(&letter)
		r.Parked = !letter.RetryAt.IsZero()
		s.keep(r, Held, now)
		s.schedule(r, now)
		id = r.ID
		return append([]Change{{kind, r.Entry()}}, s.trim(now)...)
	})
	if err := s.save(ctx, id); err != nil {
		return fmt.Errorf("put dead letter: %w", err)
	}
	return nil
}

// there returns the entry that a letter has already, or nil. A letter that no
// queue numbered has no place to be known by, only the ID that it brings.
func (s *Store[T]) there(letter *pitboss.DeadLetter[T], at place) *record[T] {
	if at.numbered() {
		return s.places[at]
	}
	if r := s.records[letter.ID]; r != nil && r.Queue == letter.Queue && !placeOf(&r.DeadLetter).numbered() {
		return r
	}
	return nil
}

// left returns the entry that a message left when it was put back, or nil. The
// header alone does not tell: a handler may have copied it to a message of its
// own, whose payload would be lost in the other's entry.
func (s *Store[T]) left(letter *pitboss.DeadLetter[T]) *record[T] {
	r := s.records[letter.Message.Headers[HeaderLetter]]
	if r == nil || r.Queue != letter.Queue || !strings.HasPrefix(letter.Message.ID, r.idPrefix()) {
		return nil
	}
	return r
}

// place notes where r's message was when it died.
func (s *Store[T]) place(r *record[T], at place) {
	if !at.numbered() {
		return
	}
	if len(r.places) >= placesKept {
		delete(s.places, r.places[0])
		r.places = slices.Delete(r.places, 0, 1)
	}
	r.places = append(r.places, at)
	s.places[at] = r
}

// resume continues the entry of a message that was put back and died again.
// The message stays as it was at first: what was put back differs by what the
// store added.
func (s *Store[T]) resume(r *record[T], letter pitboss.DeadLetter[T]) {
	// Before this append the slice may be in somebody's snapshot.
	attempts := slices.Concat(r.Attempts, letter.Attempts)
	r.Attempts = attempts[max(0, len(attempts)-attemptsKept):]
	r.Sequence, r.EnqueuedAt, r.At = letter.Sequence, letter.EnqueuedAt, letter.At
	r.Reason, r.Error, r.RetryAt = letter.Reason, letter.Error, letter.RetryAt
	if letter.TraceID != "" {
		r.TraceID = letter.TraceID
	}
	r.ResolvedAt, r.RetryError, r.failures = time.Time{}, "", 0
	r.returns++
}

// usedBefore counts the attempts that a parked message has used.
func usedBefore[T any](l *pitboss.DeadLetter[T]) int {
	return handler.UsedAttempts(l.Message.Headers) + len(l.Attempts)
}

// id chooses an entry's ID: the one it brings, or a speaking one, as long as it
// is free.
func (s *Store[T]) id(wanted string, at place) string {
	speaking := at.queue
	if at.numbered() {
		speaking += "-" + strconv.FormatUint(at.sequence, 10)
	}
	if s.config.Scope != "" {
		speaking += "-" + s.config.Scope
	}
	if wanted != "" && s.records[wanted] == nil {
		return wanted
	}
	if at.numbered() && s.records[speaking] == nil {
		return speaking
	}
	return speaking + "-" + rand.Text()[:10]
}

// keep puts r at the young end of the list that its state belongs to.
func (s *Store[T]) keep(r *record[T], state State, now time.Time) {
	s.unlist(r)
	s.touch(r.ID)
	r.State, r.touched = state, now
	if state == Held {
		r.element = s.held.PushBack(r)
		return
	}
	r.RetryAt, r.ResolvedAt = time.Time{}, now
	r.element = s.done.PushBack(r)
}

func (s *Store[T]) unlist(r *record[T]) {
	if r.element == nil {
		return
	}
	if r.State == Held {
		s.held.Remove(r.element)
	} else {
		s.done.Remove(r.element)
	}
	r.element = nil
}

// forget removes r for good.
func (s *Store[T]) forget(r *record[T]) {
	s.unlist(r)
	s.touch(r.ID)
	delete(s.records, r.ID)
	for _, at := range r.places {
		delete(s.places, at)
	}
	r.RetryAt = time.Time{}
}

// trim removes what is too old or too much. An entry that is being retried
// stays until that has ended, and no other goes in its place.
func (s *Store[T]) trim(now time.Time) []Change {
	var changes []Change
	excess := len(s.records) - s.config.Capacity
	for _, l := range []*list.List{&s.done, &s.held} {
		for e := l.Front(); e != nil; {
			r := e.Value.(*record[T])
			old := now.Sub(r.touched) >= s.config.Retention
			if !old && excess <= 0 {
				break
			}
			e = e.Next()
			excess--
			if r.retrying != nil {
				continue
			}
			s.forget(r)
			switch {
			case r.State != Held:
			case old:
				s.stats.AgedOut++
				changes = append(changes, Change{AgedOut, r.Entry()})
			default:
				s.stats.Evicted++
				changes = append(changes, Change{Evicted, r.Entry()})
			}
		}
	}
	return changes
}

// change runs f under the lock and tells the observer what it did.
func (s *Store[T]) change(ctx context.Context, f func() []Change) {
	for _, c := range s.locked(f) {
		s.tell(ctx, c)
	}
}

func (s *Store[T]) locked(f func() []Change) []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f()
}

func (s *Store[T]) tell(ctx context.Context, c Change) {
	if s.config.Observer == nil {
		return
	}
	defer func() {
		if value := recover(); value != nil {
			slog.ErrorContext(ctx, "dead letter observer panicked", "panic", value)
		}
	}()
	s.config.Observer(ctx, c)
}
