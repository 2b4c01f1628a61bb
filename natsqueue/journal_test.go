package natsqueue_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
)

func openJournal(t testing.TB, s *natsqueue.Store) *natsqueue.Journal {
	t.Helper()
	j, err := s.OpenJournal(t.Context(), "rooms")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// takeAll takes all rooms, as an owner does first.
func takeAll(t testing.TB, j *natsqueue.Journal) (all []string) {
	t.Helper()
	rooms, err := j.Rooms(t.Context())
	must(t, err)
	slices.Sort(rooms)
	for _, room := range rooms {
		all = append(all, room+": "+take(t, j, room))
	}
	return all
}

// take takes a room, and returns its records and its snapshot.
func take(t testing.TB, j *natsqueue.Journal, room string) string {
	t.Helper()
	records, snapshot, err := j.Take(t.Context(), room)
	must(t, err)
	read := string(bytes.Join(records, []byte(" ")))
	if snapshot != nil {
		read += ", saved " + string(snapshot)
	}
	return read
}

func readRoom(t testing.TB, j *natsqueue.Journal, room string, after uint64) string {
	t.Helper()
	var records []string
	must(t, j.Read(t.Context(), room, after, func(record []byte) error {
		records = append(records, string(record))
		return nil
	}))
	return strings.Join(records, " ")
}

func TestJournalKeepsRoomsApart(t *testing.T) {
	t.Parallel()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	j := openJournal(t, s)
	ctx := t.Context()
	must(t, j.Append(ctx, "a", 0, 3, []byte("a3")))
	must(t, j.Append(ctx, "a.b", 0, 1, []byte("ab1"))) // a name with a dot is a room of its own
	must(t, j.Append(ctx, "a", 3, 4, []byte("a4")))
	must(t, j.Append(ctx, "a..", 0, 1, nil))
	for _, c := range []struct {
		room  string
		after uint64
		want  string
	}{
		{"a", 0, "a3 a4"}, {"a", 2, "a3 a4"}, {"a", 3, "a4"}, {"a", 4, ""}, {"a.b", 0, "ab1"}, {"none", 0, ""},
	} {
		if got := readRoom(t, j, c.room, c.after); got != c.want {
			t.Errorf("%s after %d: %q, want %q", c.room, c.after, got, c.want)
		}
	}
	must(t, j.Forget(ctx, "a"))
	if got := readRoom(t, j, "a", 0); got != "" {
		t.Errorf("forgotten, a has %q", got)
	}
	must(t, j.Append(ctx, "a", 0, 1, []byte("anew")))
	if got, want := strings.Join(takeAll(t, openJournal(t, s)), "; "), "a: anew; a..: ; a.b: ab1"; got != want {
		t.Errorf("reopened: %s, want %s", got, want)
	}
}

func TestJournalHasOneOwner(t *testing.T) {
	t.Parallel()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	ctx := t.Context()
	first := openJournal(t, s)
	must(t, first.Append(ctx, "r", 0, 1, []byte("1")))
	second := openJournal(t, s)
	if err := second.Append(ctx, "r", 0, 1, []byte("another 1")); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("an owner that has not read the room: %v", err)
	}
	take(t, second, "r")
	must(t, second.Append(ctx, "r", 1, 2, []byte("2")))
	for range 2 {
		if err := first.Append(ctx, "r", 1, 2, []byte("2 as well")); !errors.Is(err, pitboss.ErrFenced) {
			t.Errorf("the owner before: %v", err)
		}
	}
	if err := second.Append(ctx, "r", 1, 3, []byte("3")); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("from a sequence that has passed: %v", err)
	}
	must(t, second.Append(ctx, "r", 2, 3, []byte("3")))
	if got := readRoom(t, first, "r", 0); got != "1 2 3" {
		t.Errorf("the journal is %q", got)
	}
}

// A snapshot takes the place of the records before it, but for the first one.
func TestJournalKeepsTheLastSnapshotOfARoom(t *testing.T) {
	t.Parallel()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{MaxPayload: 64 << 10}))
	j := openJournal(t, s)
	ctx := t.Context()
	appendTo := func(room string, seqs ...uint64) {
		t.Helper()
		for _, seq := range seqs {
			must(t, j.Append(ctx, room, seq-1, seq, fmt.Appendf(nil, "%s%d", room, seq)))
		}
	}
	appendTo("a", 1)
	must(t, j.Save(ctx, "a", 1, []byte("at 1")))
	appendTo("b", 1, 2)
	appendTo("a", 2, 3)
	must(t, j.Save(ctx, "b", 2, []byte("at 2")))
	must(t, j.Save(ctx, "a", 3, []byte("at 3")))
	appendTo("a", 4, 5)
	appendTo("gone", 1)
	must(t, j.Save(ctx, "gone", 1, []byte("at 1")))
	must(t, j.Forget(ctx, "gone"))
	appendTo("gone", 1)
	var size *natsqueue.SizeError
	if err := j.Save(ctx, "a", 5, make([]byte, 64<<10)); !errors.As(err, &size) {
		t.Errorf("too large: %v", err)
	}
	for _, seq := range []uint64{0, 4, 6} {
		if err := j.Save(ctx, "a", seq, nil); !errors.Is(err, natsqueue.ErrFenced) {
			t.Errorf("of event %d, and the journal ends with 5: %v", seq, err)
		}
	}
	again := openJournal(t, s)
	if got, want := strings.Join(takeAll(t, again), "; "), "a: a1 a4 a5, saved at 3; b: b1, saved at 2; gone: gone1"; got != want {
		t.Errorf("taken: %s, want %s", got, want)
	}
	for room, want := range map[string]int64{"a": 5 * 5, "b": 2 * 5, "gone": 8, "none": 0} { // three bytes precede a record
		if got := again.Size(room); got != want {
			t.Errorf("room %s takes %d bytes, want %d", room, got, want)
		}
	}
	must(t, again.Append(ctx, "a", 5, 6, []byte("a6")))
	if got := readRoom(t, again, "a", 0); got != "a1 a2 a3 a4 a5 a6" {
		t.Errorf("all of it: %s", got)
	}
}

// After a power cut a snapshot may be ahead of its room's journal, also one that
// has gone on since, in another way, as far as the snapshot or farther. Then it
// is of no use, and the records tell what happened.
func TestSnapshotOfAnotherPastIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, after := range map[string][]string{
		"behind":          {},
		"as far":          {"other3"},
		"as far, as long": {"xx3"},
		"farther":         {"other3", "other4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			// What the power cut leaves: the journal of one store, which has lost its
			// third record, with the snapshot of another, which has it.
			s, whole := opened(t, started(t, natsqueue.EmbeddedConfig{})), opened(t, started(t, natsqueue.EmbeddedConfig{}))
			j, full := openJournal(t, s), openJournal(t, whole)
			for seq, text := range []string{"aa1", "aa2"} {
				must(t, j.Append(ctx, "a", uint64(seq), uint64(seq)+1, []byte(text)))
				must(t, full.Append(ctx, "a", uint64(seq), uint64(seq)+1, []byte(text)))
			}
			must(t, full.Append(ctx, "a", 2, 3, []byte("aa3")))
			must(t, full.Save(ctx, "a", 3, []byte("at 3")))
			must(t, natsqueue.CopySnapshot(ctx, full, j, "a"))
			want := "aa1 aa2"
			for n, text := range after {
				must(t, j.Append(ctx, "a", uint64(n)+2, uint64(n)+3, []byte(text)))
				want += " " + text
			}
			again := openJournal(t, s)
			if got := take(t, again, "a"); got != want {
				t.Errorf("taken: %s, want %s", got, want)
			}
			end := uint64(2 + len(after))
			must(t, again.Append(ctx, "a", end, end+1, nil))
		})
	}
}

// A room is forgotten as it was known: one that somebody else has given the name
// meanwhile stays.
func TestAnotherRoomOfTheNameIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	ctx := t.Context()
	before, after := openJournal(t, s), openJournal(t, s)
	must(t, before.Append(ctx, "r", 0, 2, []byte("closed")))
	take(t, after, "r")
	must(t, after.Forget(ctx, "r"))
	must(t, after.Append(ctx, "r", 0, 1, []byte("anew")))
	must(t, before.Forget(ctx, "r"))
	if got := readRoom(t, after, "r", 0); got != "anew" {
		t.Errorf("the new room has %q", got)
	}
	must(t, after.Append(ctx, "r", 1, 2, []byte("on")))
}

// A room that is let go while a record of it is on its way is not known any more
// when that arrives.
func TestRoomIsLetGoInTheMiddleOfAnAppend(t *testing.T) {
	t.Parallel()
	j := openJournal(t, opened(t, started(t, natsqueue.EmbeddedConfig{})))
	for round := range 100 {
		room := fmt.Sprint("r", round)
		must(t, j.Append(t.Context(), room, 0, 1, []byte("1")))
		begun, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			close(begun)
			_ = j.Append(t.Context(), room, 1, 2, []byte("2")) // or is too late
		}()
		<-begun
		for range round {
			runtime.Gosched()
		}
		j.LetGo(room)
		<-done
	}
	if n := natsqueue.Known(j); n != 0 {
		t.Errorf("%d rooms are known", n)
	}
}

func TestJournalRefuses(t *testing.T) {
	t.Parallel()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{MaxPayload: 64 << 10}))
	if _, err := s.OpenJournal(t.Context(), "a.b"); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("a name with a dot: %v", err)
	}
	j := openJournal(t, s)
	large := make([]byte, 64<<10)
	var size *natsqueue.SizeError
	if err := j.Append(t.Context(), "r", 0, 1, large); !errors.As(err, &size) || !errors.Is(err, pitboss.ErrPermanent) {
		t.Errorf("too large: %v", err)
	}
	must(t, j.Append(t.Context(), "r", 0, 1, large[:1000]))
}

func BenchmarkJournalAppend(b *testing.B) {
	j := openJournal(b, opened(b, started(b, natsqueue.EmbeddedConfig{})))
	record := make([]byte, 600) // what a move of Liap Tui takes
	seq := uint64(0)
	for b.Loop() {
		must(b, j.Append(b.Context(), "r", seq, seq+1, record))
		seq++
	}
}

// Two journals share a store room by room: each takes what it wants, and the one
// that had a room before cannot append to it any more.
func TestJournalIsTakenRoomByRoom(t *testing.T) {
	t.Parallel()
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	first := openJournal(t, s)
	ctx := t.Context()
	if rooms, err := first.Rooms(ctx); err != nil || len(rooms) != 0 {
		t.Errorf("an empty journal has rooms %v, %v", rooms, err)
	}
	must(t, first.Append(ctx, "a.b", 0, 2, []byte("ab2")))
	must(t, first.Append(ctx, "c", 0, 1, []byte("c1")))
	must(t, first.Append(ctx, "a.b", 2, 3, []byte("ab3")))
	second := openJournal(t, s)
	rooms, err := second.Rooms(ctx)
	slices.Sort(rooms)
	if err != nil || !slices.Equal(rooms, []string{"a.b", "c"}) {
		t.Errorf("rooms %v, %v", rooms, err)
	}
	if got := take(t, second, "a.b"); got != "ab2 ab3" {
		t.Errorf("took %q", got)
	}
	if got := take(t, second, "none"); got != "" {
		t.Errorf("took %q of a room that is not there", got)
	}
	must(t, second.Append(ctx, "a.b", 3, 4, []byte("ab4")))
	must(t, first.Append(ctx, "c", 1, 2, []byte("c2")))
	if err := first.Append(ctx, "a.b", 3, 4, []byte("ab4 as well")); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("the owner before: %v", err)
	}
	second.LetGo("a.b")
	if err := second.Append(ctx, "a.b", 4, 5, nil); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("a room that was let go: %v", err)
	}
	if got := take(t, first, "a.b"); got != "ab2 ab3 ab4" {
		t.Errorf("taken back: %q", got)
	}
	must(t, first.Append(ctx, "a.b", 4, 5, []byte("ab5")))
}

// An owner that was stopped and wakes in the middle of a write never adds
// anything to a room that has been taken: a hundred times, with its write before,
// after and at the same time as its successor's first one.
func TestStoppedOwnerCannotAppend(t *testing.T) {
	t.Parallel()
	server := started(t, natsqueue.EmbeddedConfig{})
	before, after := openJournal(t, opened(t, server)), openJournal(t, opened(t, server))
	ctx := t.Context()
	appended := 0
	for round := range 100 {
		room := fmt.Sprint("r", round)
		must(t, before.Append(ctx, room, 0, 1, []byte("opened")))
		take(t, after, room)
		stale, fresh := make(chan error, 1), make(chan error, 1)
		wakes := func() { stale <- before.Append(ctx, room, 1, 2, []byte("of the one before")) }
		resumes := func() { fresh <- after.Append(ctx, room, 1, 2, []byte("resumed")) }
		var old, own error
		switch round % 3 {
		case 0: // it wakes once the other has resumed the room
			resumes()
			own = <-fresh
			wakes()
			old = <-stale
		case 1: // at the same time
			go wakes()
			go resumes()
			old, own = <-stale, <-fresh
		case 2: // it wrote after the other had read: then that one reads again
			wakes()
			old = <-stale
			resumes()
			own = <-fresh
		}
		if (old == nil) == (own == nil) {
			t.Fatalf("round %d: the one before: %v, the next one: %v", round, old, own)
		}
		if refused := errors.Join(old, own); !errors.Is(refused, pitboss.ErrFenced) {
			t.Fatalf("round %d: %v", round, refused)
		}
		if own != nil {
			appended++
			take(t, after, room)
			must(t, after.Append(ctx, room, 2, 3, []byte("resumed")))
		}
		for range 2 { // from then on it is out, however often it tries
			if err := before.Append(ctx, room, 2, 3, []byte("again")); !errors.Is(err, pitboss.ErrFenced) {
				t.Fatalf("round %d: it appends again: %v", round, err)
			}
		}
	}
	if appended < 33 {
		t.Errorf("the one before was first %d times, a third of the rounds begins with it", appended)
	}
}
