package tracing_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
	"github.com/pitboss-dev/pitboss/task"
)

// silent is an observer beside the bots.
type silent struct{}

func (silent) Observe(*room.Commit) {}

// house is a server of Liap Tui with bots, traced.
type house struct {
	url   string
	host  *room.Host
	close func()
}

func open(t *testing.T, tracer *tracing.Tracer) *house {
	t.Helper()
	commands, err := queue.NewFIFO(queue.Config[room.Command]{Name: "commands", OrderByKey: true})
	if err != nil {
		t.Fatal(err)
	}
	return openWith(t, tracer, commands, nil)
}

// openWith opens a house whose bots are elsewhere, beyond the queue far; nil:
// here.
func openWith(t *testing.T, tracer *tracing.Tracer, commands pitboss.Queue[room.Command], far pitboss.Queue[task.Work]) *house {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	host, err := room.NewHost(room.Config{
		Games: []room.Rules{liaptui.New(liaptui.Config{})}, Log: log, Tracer: tracer,
		Queue:      tracing.Queue(tracer, "commands", commands),
		Middleware: []pitboss.Middleware[room.Command]{tracing.Handler[room.Command](tracer, "commands")},
		Observers:  []room.Observer{silent{}},
	})
	must(err)
	work := far
	if far == nil {
		work, err = queue.NewPriority(queue.Config[task.Work]{Name: "tasks"})
		must(err)
	}
	tasks, err := task.New(task.Config{
		Queue:      tracing.Queue(tracer, "tasks", work),
		Middleware: []pitboss.Middleware[task.Work]{tracing.Handler[task.Work](tracer, "tasks")},
	})
	must(err)
	bots, err := liaptui.NewBots(liaptui.BotsConfig{Tasks: tasks, Submit: host.Submit, Log: log})
	must(err)
	host.Observe(bots)
	s, err := server.New(server.Config{Host: host, Log: log, Tracer: tracer})
	must(err)
	web := httptest.NewUnstartedServer(nil)
	web.Config = s.HTTPServer()
	web.Config.Handler = tracer.HTTP(web.Config.Handler)
	web.Start()

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- host.Run(ctx) }()
	go func() {
		if far != nil {
			ended <- nil
			return
		}
		ended <- tasks.Run(ctx)
	}()
	closed := false
	h := &house{url: web.URL, host: host}
	h.close = func() {
		if closed {
			return
		}
		closed = true
		draining, done := context.WithTimeout(context.Background(), patience)
		defer done()
		must(s.Drain(draining))
		http.DefaultClient.CloseIdleConnections()
		web.Close()
		cancel()
		must(errors.Join(<-ended, <-ended))
		now, stop := context.WithCancel(context.Background())
		stop()
		_, _ = host.Queue().Close(now), tasks.Close(now) // timers are left, and meant to be
	}
	t.Cleanup(h.close)
	return h
}

func (h *house) join(t *testing.T, roomID, player string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, h.url+"/play?room="+roomID+"&player="+player, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	// What happens before the welcome is part of it, and no write of its own.
	if _, _, err := ws.Read(ctx); err != nil {
		t.Fatal(err)
	}
	// What the server writes must be read, or its writes would wait.
	go func() {
		for {
			if _, _, err := ws.Read(context.Background()); err != nil {
				return
			}
		}
	}()
	return ws
}

func send(t *testing.T, ws *websocket.Conn, frame string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := ws.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		t.Fatal(err)
	}
}

// botBegins is a seed of a game in which the first move is a bot's.
const botBegins = 1

const (
	clientTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	clientSpan  = "00f067aa0ba902b7"
)

// One click, the one that starts a game, has every hop in its trace, under the
// client's own span, whichever way the spans are exported.
func TestClick(t *testing.T) {
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			got := receive(t, protocol)
			t.Setenv("OTEL_SERVICE_NAME", "table-7")
			tracer, err := tracing.New(t.Context(), tracing.Config{})
			if err != nil || !tracer.Enabled() {
				t.Fatal(tracer, err)
			}
			h := open(t, tracer)
			// Which seat begins depends on the deal; with this seed it is a bot's,
			// so that the click sets one off.
			const id = "r1"
			if _, err := h.host.Create(t.Context(), room.Spec{ID: id, Game: liaptui.Name, Bots: 2, Seed: botBegins}); err != nil {
				t.Fatal(err)
			}
			ann, bob := h.join(t, id, "ann"), h.join(t, id, "bob")
			send(t, bob, `{"id":"b1","type":"ready"}`)
			send(t, ann, `{"id":"a1","type":"ready","correlation_id":"click-1","traceparent":"00-`+clientTrace+`-`+clientSpan+`-01"}`)

			command := []string{"process websocket", "send commands", "process commands"}
			under := func(names ...string) []string { return append(slices.Clone(command), names...) }
			hops := [][]string{
				under("decide"),
				under("append to journal"),
				under("observe tracing_test.silent"),
				under("observe liaptui.Bots", "send tasks", "process tasks", "send commands", "process commands", "decide"),
				under("observe liaptui.Bots", "send tasks", "process tasks", "send commands", "process commands", "append to journal"),
				under("observe liaptui.Bots", "send tasks", "process tasks", "send commands", "process commands", "send websocket"),
				under("send websocket"),
			}
			spans := got.until(t, func(spans []span) bool {
				return !slices.ContainsFunc(hops, func(hop []string) bool {
					return path(spans, clientTrace, clientSpan, hop...) == nil
				}) && len(writes(spans, path(spans, clientTrace, clientSpan, command...))) >= 2
			})

			chain := path(spans, clientTrace, clientSpan, hops[3]...)
			kinds := map[string]otlp.Span_SpanKind{
				"send": otlp.Span_SPAN_KIND_PRODUCER, "process": otlp.Span_SPAN_KIND_CONSUMER,
				"decide": otlp.Span_SPAN_KIND_INTERNAL, "observe": otlp.Span_SPAN_KIND_INTERNAL,
			}
			for _, s := range chain {
				operation, _, _ := strings.Cut(s.name, " ")
				if s.kind != kinds[operation] {
					t.Errorf("%s is a %v", s.name, s.kind)
				}
				if s.service != "table-7" || s.failed {
					t.Errorf("%s: service %q, failed %v", s.name, s.service, s.failed)
				}
				if destination := s.attrs["messaging.destination.name"]; operation == "send" || operation == "process" {
					if s.name != operation+" "+destination || s.attrs["messaging.operation.type"] != operation ||
						s.attrs["messaging.message.conversation_id"] != "click-1" || s.attrs["messaging.system"] != "pitboss" {
						t.Errorf("%s: %v", s.name, s.attrs)
					}
				}
			}
			if wait, err := strconv.ParseFloat(chain[2].attrs["pitboss.message.wait"], 64); err != nil || wait < 0 || wait > patience.Seconds() {
				t.Errorf("the wait is not shown: %v", chain[2].attrs)
			}
			recipients := make(map[string]int)
			for _, s := range writes(spans, chain[:3]) {
				recipients[s.attrs["pitboss.seat"]]++
			}
			if len(recipients) != 2 || recipients["0"] != 1 || recipients["1"] != 1 {
				t.Errorf("writes by seat: %v", recipients)
			}

			// The journal says which trace its events are of.
			events := journal(t, h, id)
			i := slices.IndexFunc(events, func(e event.Event) bool { return e.Type == event.GameStarted })
			if e := events[i]; e.CorrelationID != "click-1" || e.TraceID != clientTrace {
				t.Errorf("the event is of %q, trace %q", e.CorrelationID, e.TraceID)
			}

			h.close()
			if err := tracer.Shutdown(t.Context()); err != nil {
				t.Errorf("shutdown: %v", err)
			}
			got.until(t, func(spans []span) bool { // of the connection
				return slices.ContainsFunc(spans, func(s span) bool {
					return s.name == "GET /play" && s.kind == otlp.Span_SPAN_KIND_SERVER && s.parent == "" && s.attrs["messaging.message.conversation_id"] != ""
				})
			})
		})
	}
}

// writes are the writes below a command's span, the last of a chain.
func writes(spans, chain []span) []span {
	var found []span
	for _, s := range spans {
		if len(chain) > 0 && s.parent == chain[len(chain)-1].id && s.name == "send websocket" {
			found = append(found, s)
		}
	}
	return found
}

func journal(t *testing.T, h *house, id string) []event.Event {
	t.Helper()
	f, err := h.host.Follow(t.Context(), id, room.NoSeat, 0)
	if err != nil {
		t.Fatal(err)
	}
	var events []event.Event
	for {
		u, wait, err := f.Poll()
		if wait != nil || err != nil {
			return events
		}
		events = append(events, u.Events...)
	}
}

// A request's traceparent is honoured, and its trace goes on in the command.
func TestRequest(t *testing.T) {
	got := receive(t, "http/protobuf")
	tracer, err := tracing.New(t.Context(), tracing.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, tracer)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/api/v1/rooms", strings.NewReader(`{"game":"liaptui","bots":3,"room":"r2"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("traceparent", "00-"+clientTrace+"-"+clientSpan+"-01")
	request.Header.Set("X-Correlation-ID", "order-1")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	health, err := http.DefaultClient.Get(h.url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	health.Body.Close()
	spans := got.until(t, func(spans []span) bool {
		return path(spans, clientTrace, clientSpan, "POST /api/v1/rooms", "send commands", "process commands", "append to journal") != nil
	})
	top := path(spans, clientTrace, clientSpan, "POST /api/v1/rooms")[0]
	if top.attrs["http.response.status_code"] != "201" || top.attrs["messaging.message.conversation_id"] != "order-1" {
		t.Errorf("%v", top.attrs)
	}
	if events := journal(t, h, "r2"); events[0].TraceID != clientTrace || events[0].CorrelationID != "order-1" {
		t.Errorf("%+v", events[0])
	}
	h.close()
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	spans, _ = got.seen()
	if slices.ContainsFunc(spans, func(s span) bool {
		return strings.Contains(s.name, "health") || strings.Contains(s.attrs["url.path"], "health")
	}) {
		t.Errorf("health checks are traced:\n%s", tree(spans))
	}
}
