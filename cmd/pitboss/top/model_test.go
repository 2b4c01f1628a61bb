package top_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss/cmd/pitboss/top"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// terminal is what was written to one.
type terminal struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case t.more <- struct{}{}:
	default:
	}
	return t.text.Write(p)
}

func (t *terminal) shows(want string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Contains(t.text.String(), want)
}

// It shows what the server tells, then what is wrong, and ends at the press of a
// key.
func TestRunShowsAndEnds(t *testing.T) {
	t.Parallel()
	answers := 0
	source := func(context.Context) (*top.Snapshot, error) {
		if answers++; answers > 1 {
			return nil, errors.New("no answer")
		}
		return busy(t, 500), nil
	}
	keys, press := io.Pipe()
	screen := &terminal{more: make(chan struct{}, 1)}
	ended := make(chan error, 1)
	go func() {
		ended <- top.Run(t.Context(), source, "http://server", true,
			tea.WithInput(keys), tea.WithOutput(screen), tea.WithWindowSize(80, 24), tea.WithoutSignalHandler())
	}()
	limit := time.After(3 * time.Minute)
	for _, want := range []string{"stuck: timer_lost", "no answer"} {
		for !screen.shows(want) {
			select {
			case <-screen.more:
			case err := <-ended:
				t.Fatalf("ended: %v", err)
			case <-limit:
				t.Fatalf("never showed %q", want)
			}
		}
	}
	if _, err := press.Write([]byte("q")); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_ = press.Close()
}
