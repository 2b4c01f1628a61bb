package tracing_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// botsVariable makes a process of this test's program play the bots.
const botsVariable = "PITBOSS_TEST_BOTS"

func TestMain(m *testing.M) {
	if os.Getenv(botsVariable) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := playBots(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bots:", err)
		os.Exit(1)
	}
}

// message is all of a message that goes from one process to the other.
type message struct {
	Payload       json.RawMessage   `json:"payload"`
	Type          string            `json:"type"`
	Key           string            `json:"key"`
	CorrelationID string            `json:"correlation_id"`
	Headers       map[string]string `json:"headers"`
}

// wire is a queue that another process consumes: a message is a line of JSON.
type wire[T any] struct {
	mu   sync.Mutex
	to   io.Writer
	text func(T) (kind string, payload any)
}

func (w *wire[T]) Enqueue(_ context.Context, m pitboss.Message[T]) (pitboss.Receipt, error) {
	kind, payload := w.text(m.Payload)
	text, err := json.Marshal(payload)
	if err != nil {
		return pitboss.Receipt{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return pitboss.Receipt{Sequence: 1}, json.NewEncoder(w.to).Encode(message{text, kind, m.Key, m.CorrelationID, m.Headers})
}

func (w *wire[T]) Dequeue(context.Context) (d pitboss.Delivery[T], err error) {
	return d, pitboss.ErrClosed
}

func (w *wire[T]) Close(context.Context) error { return nil }

func taskText(w task.Work) (kind string, payload any) { return w.Type, w.Payload }

func commandText(c room.Command) (kind string, payload any) { return c.Type, c }

// arrivals calls each with the messages that arrive, until there are no more.
func arrivals(from io.Reader, each func(m *message) error) error {
	for lines := json.NewDecoder(bufio.NewReader(from)); ; {
		var m message
		if err := lines.Decode(&m); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := each(&m); err != nil {
			return err
		}
	}
}

// playBots is the process of the bots: tasks come in, commands go out.
func playBots(in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	tracer, err := tracing.New(ctx, tracing.Config{Service: "bots"})
	if err != nil {
		return err
	}
	memory, err := queue.NewPriority(queue.Config[task.Work]{Name: "tasks"})
	if err != nil {
		return err
	}
	tasks, err := task.New(task.Config{
		Queue: memory, Middleware: []pitboss.Middleware[task.Work]{tracing.Handler[task.Work](tracer, "tasks")},
	})
	if err != nil {
		return err
	}
	commands := tracing.Queue[room.Command](tracer, "commands", &wire[room.Command]{to: out, text: commandText})
	_, err = liaptui.NewBots(liaptui.BotsConfig{
		Tasks: tasks, Log: slog.New(slog.DiscardHandler),
		Submit: func(ctx context.Context, c room.Command, _ func(room.Answer)) error {
			_, err := commands.Enqueue(ctx, pitboss.Message[room.Command]{Payload: c, Key: c.Room, CorrelationID: correlation.From(ctx)})
			return err
		},
	})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- tasks.Run(ctx) }()
	err = arrivals(in, func(m *message) error {
		_, err := memory.Enqueue(ctx, pitboss.Message[task.Work]{
			Payload: task.Work{Type: m.Type, Payload: []byte(m.Payload)}, Key: m.Key, CorrelationID: m.CorrelationID, Headers: m.Headers,
		})
		return err
	})
	stop()
	return errors.Join(err, <-ended, tracer.Shutdown(context.Background()))
}

// botsProcess starts the process of the bots. Tasks go to it by the queue that
// it returns, and its commands are given to take.
func botsProcess(t *testing.T, take func(m pitboss.Message[room.Command]) error) pitboss.Queue[task.Work] {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(context.WithoutCancel(t.Context()), program)
	c.Env = append(os.Environ(), botsVariable+"=1")
	c.Stderr = t.Output()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- arrivals(out, func(m *message) error {
			var command room.Command
			if err := json.Unmarshal(m.Payload, &command); err != nil {
				return err
			}
			data, err := json.Marshal(command.Data)
			if err != nil {
				return err
			}
			if command.Data, err = liaptui.Parse(command.Type, data); err != nil {
				return err
			}
			return take(pitboss.Message[room.Command]{
				Payload: command, Key: m.Key, CorrelationID: m.CorrelationID, Headers: m.Headers,
			})
		})
	}()
	t.Cleanup(func() {
		_ = in.Close()
		if err := errors.Join(<-ended, c.Wait()); err != nil {
			t.Errorf("the process of the bots: %v", err)
		}
	})
	return &wire[task.Work]{to: in, text: taskText}
}

// A click sets off a bot in another process, and its move comes back: all that
// crosses the borders between them is messages, and yet it is one trace.
func TestClickAcrossProcesses(t *testing.T) {
	got := receive(t, "http/protobuf")
	tracer, err := tracing.New(t.Context(), tracing.Config{Service: "rooms"})
	if err != nil {
		t.Fatal(err)
	}
	commands, err := queue.NewFIFO(queue.Config[room.Command]{Name: "commands", OrderByKey: true})
	if err != nil {
		t.Fatal(err)
	}
	far := botsProcess(t, func(m pitboss.Message[room.Command]) error {
		_, err := commands.Enqueue(context.Background(), m)
		if errors.Is(err, pitboss.ErrClosed) { // the room's process has seen enough
			return nil
		}
		return err
	})
	h := openWith(t, tracer, commands, far)
	const id = "r1"
	if _, err := h.host.Create(t.Context(), room.Spec{ID: id, Game: liaptui.Name, Bots: 3, Seed: botBegins}); err != nil {
		t.Fatal(err)
	}
	ann := h.join(t, id, "ann")
	send(t, ann, `{"id":"a1","type":"ready","correlation_id":"click-3","traceparent":"00-`+clientTrace+`-`+clientSpan+`-01"}`)

	click := []string{"process websocket", "send commands", "process commands"}
	there := []string{"observe liaptui.Bots", "send tasks", "process tasks", "send commands"}
	back := []string{"process commands", "append to journal"}
	spans := got.until(t, func(spans []span) bool {
		return path(spans, clientTrace, clientSpan, slices.Concat(click, there, back)...) != nil &&
			path(spans, clientTrace, clientSpan, slices.Concat(click, there, []string{"process commands", "send websocket"})...) != nil
	})
	for i, s := range path(spans, clientTrace, clientSpan, slices.Concat(click, there, back)...) {
		want := "rooms"
		if s.name == "process tasks" || s.name == "send commands" && i > len(click) {
			want = "bots"
		}
		if s.service != want || s.failed {
			t.Errorf("%s is of %q, failed %v", s.name, s.service, s.failed)
		}
		if operation := s.attrs["messaging.operation.type"]; operation != "" && s.attrs["messaging.message.conversation_id"] != "click-3" {
			t.Errorf("%s is of the correlation %q", s.name, s.attrs["messaging.message.conversation_id"])
		}
	}
	h.close()
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
