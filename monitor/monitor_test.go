package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// closing tells when the room has closed.
type closing struct{ room chan struct{} }

func (c closing) Observe(commit *room.Commit) {
	for i := range commit.Events {
		if commit.Events[i].Type == event.RoomClosed {
			close(c.room)
		}
	}
}

// play has four bots play a game that m watches.
func play(t *testing.T, m *monitor.Monitor) {
	t.Helper()
	memory, err := queue.NewFIFO(queue.Config[room.Command]{OrderByKey: true})
	if err != nil {
		t.Fatal(err)
	}
	commands, err := monitor.Queue(m, "commands", pitboss.Queue[room.Command](memory))
	if err != nil {
		t.Fatal(err)
	}
	over := closing{make(chan struct{})}
	host, err := room.NewHost(room.Config{
		Games: []room.Rules{liaptui.New(liaptui.Config{})}, Queue: commands, Publisher: m, Tracer: m.RoomTracer(),
		Middleware: []pitboss.Middleware[room.Command]{monitor.Handler[room.Command](m, "commands")},
	})
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := task.New(task.Config{Observer: m.Task})
	if err != nil {
		t.Fatal(err)
	}
	bots, err := liaptui.NewBots(liaptui.BotsConfig{Tasks: tasks, Submit: host.Submit})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []room.Observer{bots, m, over} {
		host.Observe(o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 3)
	for _, run := range []func(context.Context) error{host.Run, tasks.Run, m.Run} {
		go func() { ended <- run(ctx) }()
	}
	if _, err := host.Create(ctx, room.Spec{ID: "r", Game: liaptui.Name, Bots: 4}); err != nil {
		t.Fatal(err)
	}
	<-over.room
	cancel()
	for range cap(ended) {
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	for _, closeQueue := range []func(context.Context) error{commands.Close, tasks.Queue().Close} {
		_ = closeQueue(ctx) // what is left is nobody's
	}
}

func scraped(m *monitor.Monitor) string {
	w := httptest.NewRecorder()
	m.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	return w.Body.String()
}

// A game is watched as far as parts are on, whichever are off.
func TestEverySetOfParts(t *testing.T) {
	t.Parallel()
	for off := range monitor.Parts(32) {
		t.Run(fmt.Sprintf("off=%05b", off), func(t *testing.T) {
			t.Parallel()
			m, err := monitor.New(t.Context(), monitor.Config{Off: off, Stats: gamestats.Config{Games: []string{liaptui.Name}}})
			if err != nil {
				t.Fatal(err)
			}
			play(t, m)
			m.ConnectionOpened()
			m.ConnectionClosed("left")
			m.Message("in", 10)
			m.Broadcast(time.Millisecond, nil)
			m.DeadLetter(t.Context(), deadletter.Change{})
			if err := m.Event(t.Context(), &event.Event{Type: event.ErrorOccurred, Data: event.Fault{}}); err != nil {
				t.Error(err)
			}
			if err := m.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			text, status := scraped(m), m.Status()
			for part, shown := range map[monitor.Parts]bool{
				monitor.Stats:  strings.Contains(text, `pitboss_games_completed_total{game="liaptui"} 1`) && status.Stats.On,
				monitor.System: strings.Contains(text, "go_goroutines") && status.System.On,
				monitor.Visual: m.Visual() != nil && len(m.Visual().Diagram().Edges) > 0 && status.Visual.Holds["rooms"] == 1,
				monitor.Stream: m.Stream() != nil && m.Stream().Stats().Last > 0 && status.Stream.Holds["events"] > 0,
			} {
				if shown != (off&part == 0) {
					t.Errorf("part %05b is shown: %v", part, shown)
				}
			}
		})
	}
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	_, err := monitor.New(t.Context(), monitor.Config{Off: 1 << 7})
	if !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), "off") {
		t.Errorf("got %v", err)
	}
	bad := monitor.Config{}
	bad.System.Interval, bad.Stream.History, bad.Visual.MaxClosed, bad.Scrape.MaxScrapers = -1, -1, -1, -1
	_, err = monitor.New(t.Context(), bad)
	for _, want := range []string{"interval", "history", "max_closed", "max_scrapers"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
}

// A monitor that is not to be leaves nothing behind: no exporter that runs, which
// goleak would find, and nothing in a registry that is somebody else's.
func TestNewThatFailsLeavesNothing(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector())
	var c monitor.Config
	c.Scrape.Registry = registry
	if _, err := monitor.New(t.Context(), c); err == nil {
		t.Fatal("the same metrics were registered twice")
	}
	c.Stream.History = -1
	if _, err := monitor.New(t.Context(), c); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if name := f.GetName(); !strings.HasPrefix(name, "go_") {
			t.Errorf("%s was left", name)
		}
	}
}

// A queue is watched under a name once.
func TestQueueNameTaken(t *testing.T) {
	t.Parallel()
	m, err := monitor.New(t.Context(), monitor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := queue.NewFIFO(queue.Config[int]{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := monitor.Queue(m, "q", pitboss.Queue[int](q)); err != nil {
		t.Fatal(err)
	}
	if _, err := monitor.Queue[int](m, "none", nil); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("no queue: %v", err)
	}
	if _, err := monitor.Queue(m, "q", pitboss.Queue[int](q)); err == nil {
		t.Error("a second queue took the name")
	}
}

// What one part fails with ends the others, and Run tells.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	for _, off := range []monitor.Parts{0, monitor.Stream | monitor.System} {
		m, err := monitor.New(t.Context(), monitor.Config{Off: off})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
