package natsqueue_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/natsqueue/internal/powercut"
)

// The variables that make the test binary the process whose power fails, and the
// one that says how often.
const (
	powerFolder     = "PITBOSS_POWER_FOLDER"
	powerDurability = "PITBOSS_POWER_DURABILITY"
	powerCycles     = "PITBOSS_POWER_CYCLES"
)

// powered writes a queue, journals and dead letters until it is killed, and
// tells on standard output what was acknowledged: + a message, - that one is
// about to be ended, j a room's event, d a dead letter's version.
func powered(folder string) error {
	ctx := context.Background()
	durability := pitboss.InProcess
	if os.Getenv(powerDurability) == pitboss.OnDisk.String() {
		durability = pitboss.OnDisk
	}
	e, err := natsqueue.Start(ctx, natsqueue.EmbeddedConfig{Folder: folder, Durability: durability, Log: quiet})
	if err != nil {
		return err
	}
	s, err := natsqueue.Open(ctx, natsqueue.Config{Embedded: e, Log: quiet})
	if err != nil {
		return err
	}
	faults := make(chan error)
	for _, start := range []func(context.Context, *natsqueue.Store, chan<- error) error{powerQueue, powerJournal, powerDeadLetters} {
		if err := start(ctx, s, faults); err != nil {
			return err
		}
	}
	return <-faults
}

// padding is now and then large, so that the store's files are full before long.
func padding() string {
	if rand.IntN(8) == 0 {
		return strings.Repeat("x", 60_000+rand.IntN(100_000))
	}
	return strings.Repeat("x", rand.IntN(500))
}

func powerQueue(ctx context.Context, s *natsqueue.Store, faults chan<- error) error {
	c := config{CompactBytes: 256 << 10}
	c.Name = "power"
	q, err := natsqueue.OpenQueue(ctx, s, c)
	if err != nil {
		return err
	}
	for producer := range 4 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", os.Getpid(), producer, i)
				if _, err := q.Enqueue(ctx, pitboss.Message[string]{Payload: name + " " + padding()}); err != nil {
					faults <- err
					return
				}
				fmt.Println("+" + name)
			}
		}()
	}
	go func() {
		for i := 0; ; i++ {
			d, err := q.Dequeue(ctx)
			if err == nil && (i%2 == 0 || len(d.Payload) > 1000) { // the rest stays in flight
				fmt.Println("-" + nameOf(d.Payload)) // before, because the end may outlive who would tell of it
				err = d.Ack()
			}
			if err != nil {
				faults <- err
				return
			}
		}
	}()
	return nil
}

func nameOf(payload string) string {
	name, _, _ := strings.Cut(payload, " ")
	return name
}

// powerJournal goes on with the rooms that there are, and keeps snapshots.
func powerJournal(ctx context.Context, s *natsqueue.Store, faults chan<- error) error {
	j, err := s.OpenJournal(ctx, "rooms")
	if err != nil {
		return err
	}
	rooms := map[string]uint64{"a": 0, "b": 0, "c": 0}
	for room := range rooms {
		if rooms[room], err = lastOf(ctx, j, room); err != nil {
			return err
		}
	}
	for room, last := range rooms {
		go func() {
			for ; ; last++ {
				err := j.Append(ctx, room, last, last+1, []byte(fmt.Sprintf("%d %s", last+1, padding())))
				if err == nil && last%20 == 0 {
					err = j.Save(ctx, room, last+1, fmt.Appendf(nil, "%d", last+1))
				}
				if err != nil {
					faults <- err
					return
				}
				fmt.Printf("j%s %d\n", room, last+1)
			}
		}()
	}
	return nil
}

// lastOf takes a room, and returns its last event, which its last record or its
// snapshot begins with.
func lastOf(ctx context.Context, j *natsqueue.Journal, room string) (last uint64, err error) {
	records, snapshot, err := j.Take(ctx, room)
	if err != nil {
		return 0, err
	}
	for _, text := range append(records, snapshot) {
		var n uint64
		if _, err := fmt.Sscan(string(text), &n); err == nil {
			last = max(last, n)
		}
	}
	return last, nil
}

func powerDeadLetters(ctx context.Context, s *natsqueue.Store, faults chan<- error) error {
	d, err := s.OpenDeadLetters(ctx, "power")
	if err != nil {
		return err
	}
	letters := make([]int, 10)
	err = d.Each(ctx, func(record []byte) error {
		id, version := parseLetter(record)
		letters[id] = version
		return nil
	})
	if err != nil {
		return err
	}
	go func() {
		for i := 0; ; i++ {
			id := i % len(letters)
			letters[id]++
			if err := d.Write(ctx, strconv.Itoa(id), []byte(fmt.Sprintf("%d %d %s", id, letters[id], padding()))); err != nil {
				faults <- err
				return
			}
			fmt.Printf("d%d %d\n", id, letters[id])
		}
	}()
	return nil
}

func parseLetter(record []byte) (id, version int) {
	_, _ = fmt.Sscan(string(record), &id, &version)
	return id, version
}

// powerLedger is what a process outside knows.
type powerLedger struct {
	accepted map[string]time.Time
	ended    map[string]bool
	rooms    map[string][]time.Time // of events acknowledged, from the first on
	letters  map[int][]time.Time    // likewise, of versions
}

func (l *powerLedger) tell(line string) {
	now := time.Now()
	switch line[0] {
	case '+':
		l.accepted[line[1:]] = now
	case '-':
		l.ended[line[1:]] = true
	case 'j':
		room, seq, _ := strings.Cut(line[1:], " ")
		l.rooms[room] = upTo(l.rooms[room], seq, now)
	case 'd':
		id, version, _ := strings.Cut(line[1:], " ")
		n, _ := strconv.Atoi(id)
		l.letters[n] = upTo(l.letters[n], version, now)
	}
}

// upTo sets when number n, counted from 1, was acknowledged.
func upTo(times []time.Time, n string, now time.Time) []time.Time {
	number, _ := strconv.Atoi(n)
	for len(times) < number { // what came to be without its acknowledgement
		times = append(times, now)
	}
	times = times[:number]
	times[number-1] = now
	return times
}

// losses are what was acknowledged and is not there.
type losses struct {
	kept, messages, events, letters int
	oldest                          time.Duration // before the power failed; letters apart
}

func (l *losses) count(of *int, acknowledged, cut time.Time) {
	*of++
	l.oldest = max(l.oldest, cut.Sub(acknowledged))
}

func (l *losses) all() int { return l.messages + l.events + l.letters }

func (l *losses) add(more losses) {
	l.kept += more.kept
	l.messages += more.messages
	l.events += more.events
	l.letters += more.letters
	l.oldest = max(l.oldest, more.oldest)
}

// compare opens what is left after the power failed, and forgets in the ledger
// what is lost, so that it is counted once.
func (l *powerLedger) compare(t *testing.T, folder string, cut time.Time) (lost losses) {
	t.Helper()
	e, err := natsqueue.Start(t.Context(), natsqueue.EmbeddedConfig{Folder: folder, Log: quiet})
	must(t, err)
	defer func() { must(t, e.Stop()) }()
	s, err := natsqueue.Open(t.Context(), natsqueue.Config{Embedded: e, Log: quiet})
	must(t, err)
	defer s.Close()
	l.compareQueue(t, s, cut, &lost)
	l.compareJournal(t, s, cut, &lost)
	l.compareLetters(t, s, cut, &lost)
	return lost
}

func (l *powerLedger) compareQueue(t *testing.T, s *natsqueue.Store, cut time.Time, lost *losses) {
	c := config{}
	c.Name = "power"
	q, err := natsqueue.OpenQueue(t.Context(), s, c)
	must(t, err)
	closeNow(q)
	left := map[string]bool{}
	for payload := range payloads(q) {
		name := nameOf(payload)
		if left[name] {
			t.Errorf("message %s is there twice", name)
		}
		left[name] = true
	}
	for name, at := range l.accepted {
		switch {
		case l.ended[name]:
		case left[name]:
			lost.kept++
			continue
		default:
			lost.count(&lost.messages, at, cut)
		}
		delete(l.accepted, name)
	}
}

func (l *powerLedger) compareJournal(t *testing.T, s *natsqueue.Store, cut time.Time, lost *losses) {
	j, err := s.OpenJournal(t.Context(), "rooms")
	must(t, err)
	for room, times := range l.rooms {
		last, err := lastOf(t.Context(), j, room) // which fails on a gap and on what is there twice
		must(t, err)
		end := min(int(last), len(times))
		lost.kept += end
		for _, at := range times[end:] {
			lost.count(&lost.events, at, cut)
		}
		l.rooms[room] = times[:end]
	}
}

func (l *powerLedger) compareLetters(t *testing.T, s *natsqueue.Store, cut time.Time, lost *losses) {
	d, err := s.OpenDeadLetters(t.Context(), "power")
	must(t, err)
	versions := map[int]int{}
	must(t, d.Each(t.Context(), func(record []byte) error {
		id, version := parseLetter(record)
		versions[id] = version
		return nil
	}))
	for id, times := range l.letters {
		end := min(versions[id], len(times))
		lost.kept += end
		// Whatever its age: the server removes a file once all in it was written
		// anew, which may not be on the disk yet.
		lost.letters += len(times[end:])
		l.letters[id] = times[:end]
	}
}

// powerFails has the power fail several times while a process writes, and
// returns what was lost in all.
func powerFails(t *testing.T, cycles int, durability pitboss.Durability, lies func(string) bool) (all losses) {
	t.Helper()
	ledger := powerLedger{
		accepted: map[string]time.Time{}, ended: map[string]bool{}, rooms: map[string][]time.Time{}, letters: map[int][]time.Time{},
	}
	base := t.TempDir()
	folder := filepath.Join(base, "0")
	must(t, os.Mkdir(folder, 0o750))
	for n := range cycles {
		began := time.Now()
		disk, cut := failing(t, folder, durability, lies, 100+rand.IntN(600), ledger.tell)
		survives := powercut.Lost()
		if n%2 == 1 && durability == pitboss.OnDisk {
			survives = powercut.Torn(rand.New(rand.NewPCG(rand.Uint64(), 0)))
		}
		must(t, os.RemoveAll(folder))
		folder = filepath.Join(base, strconv.Itoa(n+1))
		must(t, disk.Restore(folder, survives))
		if lies != nil { // or the store says itself, on a slow machine, that something is missing
			if err := os.Remove(filepath.Join(folder, "pitboss.marks")); !errors.Is(err, os.ErrNotExist) {
				must(t, err)
			}
		}
		lost := ledger.compare(t, folder, cut)
		t.Logf("cycle %d: %d changes unsynced; %d kept, lost %d messages, %d events, %d dead letters, the oldest of the former two %v before",
			n, disk.Unsynced(), lost.kept, lost.messages, lost.events, lost.letters, lost.oldest.Round(time.Millisecond))
		if lost.oldest > cut.Sub(began) {
			t.Errorf("lost what was there when the process started: %+v", lost)
		}
		all.add(lost)
	}
	return all
}

// failing runs the process until its power fails, after so many lines or 20 s,
// and hands over all that it told.
func failing(t *testing.T, folder string, durability pitboss.Durability, lies func(string) bool,
	lines int, tell func(string),
) (*powercut.Disk, time.Time) {
	t.Helper()
	out, in, err := os.Pipe()
	must(t, err)
	defer out.Close()
	process, err := powercut.Start(powercut.Command{
		Folder: folder, Args: os.Args[:1], Stdout: in, Lies: lies,
		Env: append(os.Environ(), powerFolder+"="+folder, powerDurability+"="+durability.String()),
	})
	must(t, errors.Join(err, in.Close()))
	var cut time.Time
	kill := sync.OnceFunc(func() {
		cut = time.Now()
		_ = process.Kill() // it may have ended by itself, which Wait tells
	})
	latest := time.AfterFunc(20*time.Second, kill) // where syncs are slow, the power fails sooner
	defer latest.Stop()
	n := 0
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if n++; n == lines {
			kill()
		}
		if text := scanner.Text(); len(text) > 1 {
			tell(text)
		}
	}
	disk, err := process.Wait()
	must(t, err)
	return disk, cut
}

// cyclesOr is as often as the environment says.
func cyclesOr(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// On disk, what was acknowledged is there after the power has failed.
func TestPowerCutOnDisk(t *testing.T) {
	lost := powerFails(t, cyclesOr(t, powerCycles, 4), pitboss.OnDisk, nil)
	if lost.all() > 0 {
		t.Errorf("lost %+v", lost)
	}
}

// In process, the last moments may be lost, and are: this shows that the trial
// can tell. All that was not synced is lost; of what a part of it can do,
// docs/durability.md tells.
func TestPowerCutInProcess(t *testing.T) {
	lost := powerFails(t, cyclesOr(t, powerCycles, 3), pitboss.InProcess, nil)
	if lost.all() == 0 {
		t.Error("nothing was lost: the trial would not see a loss")
	}
}

// A disk that only claims to sync loses what was acknowledged, and the trial
// sees that.
func TestPowerCutOnDiskThatLies(t *testing.T) {
	for what, lies := range map[string]func(path string) bool{
		"files":   func(path string) bool { return filepath.Ext(path) == ".blk" },
		"folders": func(path string) bool { return filepath.Base(path) == "msgs" },
	} {
		t.Run(what, func(t *testing.T) {
			lost := powerFails(t, 1, pitboss.OnDisk, lies)
			if lost.messages == 0 || lost.events == 0 || lost.letters == 0 {
				t.Errorf("lost %+v, and should have lost of each", lost)
			}
		})
	}
}
