package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/grafana"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// A real Prometheus scrapes a server at which bots play, a person comes and
// goes, tasks fail and faults occur. Then every expression of every dashboard
// and rule must have something to show.
func TestEveryQueryHasDataOnARealPrometheus(t *testing.T) {
	server, ann := playWithFaults(t)
	p := startPrometheus(t, grafana.Config{Targets: []string{server}, Interval: time.Second})
	queries, err := grafana.Queries(grafana.Config{})
	if err != nil {
		t.Fatal(err)
	}
	empty := p.untilData(queries, ann)
	exported := p.names()
	for _, q := range queries {
		var foreign []string
		for _, name := range namesIn(q.Expr) {
			if !exported[name] {
				foreign = append(foreign, name)
			}
		}
		switch {
		case len(foreign) > 0:
			t.Errorf("%s names what nobody exports: %q", q.Where, foreign)
		case slices.Contains(empty, q):
			t.Errorf("%s has no data: %s", q.Where, q.Expr)
		}
	}
	used := map[string]bool{}
	for _, q := range queries {
		for _, name := range namesIn(q.Expr) {
			used[ofHistogram.ReplaceAllString(name, "")] = true
		}
	}
	for name := range exported {
		if strings.HasPrefix(name, "pitboss_") && !used[ofHistogram.ReplaceAllString(name, "")] {
			t.Errorf("%s is exported, and shown nowhere", name)
		}
	}
	p.untilFiring("PitbossDeadLettersGrow", "PitbossFaultsInGames")
	if !p.hasExemplars("pitboss_action_duration_seconds_bucket") {
		t.Error("no exemplars: curves have no links to traces")
	}
	lint(t, p.client, "http://"+server+"/metrics")
}

// playWithFaults runs what serve runs, plays, and lets go wrong what may. It
// returns the address, and a person who plays there.
func playWithFaults(t *testing.T) (address string, ann *person) {
	t.Helper()
	parts, address := startParts(t)
	base := "http://" + address
	ann = &person{t: t, url: base, room: createRoom(t, base, `{"game":"liaptui","bots":3}`), ctx: t.Context()}
	again(t, faults(t, parts, ann.room))
	runtime.GC() // so little is played that there may have been none

	ann.connect()
	ann.expect("a move out of turn", "early", `{"id":"early","type":"declare","data":{"piles":3}}`, "error", room.CodeNotStarted)
	ann.expect("ready", "r", `{"id":"r","type":"ready"}`, "ack", "")
	if _, ok := ann.turn(); !ok {
		t.Fatal("no turn came")
	}
	if err := ann.ws.CloseNow(); err != nil {
		t.Fatal(err)
	}
	ann.connect()
	t.Cleanup(func() { _ = ann.ws.Close(websocket.StatusNormalClosure, "") })
	return address, ann
}

// startParts runs two tables, traced, so that durations have exemplars.
func startParts(t *testing.T) (p *parts, address string) {
	t.Helper()
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	t.Cleanup(collector.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	results, err := openResults("")
	if err != nil {
		t.Fatal(err)
	}
	p, err = newParts(t.Context(), config{
		store: "memory", tables: 2, pace: time.Millisecond, seed: 7, grace: 5 * time.Second,
	}, new(store), results, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.start(context.WithoutCancel(t.Context()), listener)
	t.Cleanup(func() {
		if err := p.stop(5 * time.Second); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return p, listener.Addr().String()
}

// faults makes, each time it is called, a command fail in a room, a task fail
// until it is given up on, and another miss its deadline.
func faults(t *testing.T, p *parts, where string) func(context.Context) error {
	t.Helper()
	const broken = "test.broken"
	err := task.Register(p.tasks, broken, func(context.Context, struct{}) error { return errors.New("broken on purpose") },
		task.Options{Retry: &handler.Backoff{First: time.Millisecond, Attempts: 2}})
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) error {
		// Rooms tell of this where rules panic, and liaptui's do not.
		p.bus.Publish([]event.Event{{
			Type: event.ErrorOccurred, Time: time.Now(), Room: where, Data: event.Fault{Error: room.CodeInternal, State: "TURN"},
		}})
		return errors.Join(
			p.tasks.Submit(ctx, task.Task{Type: broken, Payload: struct{}{}}),
			p.tasks.Submit(ctx, task.Task{
				Type: broken, Payload: struct{}{}, Delay: time.Second, Deadline: time.Now().Add(100 * time.Millisecond),
			}),
		)
	}
}

// again does something every now and then, until the test ends.
func again(t *testing.T, do func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			if err := do(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
}

// untilData evaluates queries, with a move of the person's in between, until each
// has had data, and returns those that had none in time.
func (p *prom) untilData(queries []grafana.Query, ann *person) []grafana.Query {
	p.t.Helper()
	empty := slices.Clone(queries)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(limit); ; {
		if o, ok := ann.turn(); ok {
			_, move := ann.move(o)
			ann.send(move)
		}
		empty = slices.DeleteFunc(empty, p.hasData)
		if len(empty) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return empty
		}
	}
}

// hasData evaluates one query now. Grafana's variables choose everything; alerts
// are asked for without what they compare with, because most have nothing to
// tell of.
func (p *prom) hasData(q grafana.Query) bool {
	p.t.Helper()
	expr := strings.NewReplacer("$__rate_interval", "10s", "$__range", "1m", "$job", ".+", "$instance", ".+").Replace(q.Expr)
	if q.Alert {
		expr = strings.NewReplacer(" > ", " > bool ", " == ", " == bool ").Replace(expr)
	}
	got, err := p.get("/api/v1/query", url.Values{"query": {expr}})
	if err != nil {
		p.t.Fatal(err)
	}
	var result struct {
		Error string
		Data  struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.Unmarshal(got.body, &result); err != nil || got.status != http.StatusOK {
		p.t.Fatalf("%s: %d %s, %v: %s", q.Where, got.status, result.Error, err, expr)
	}
	for _, series := range result.Data.Result {
		if series.Value[1] != "NaN" {
			return true
		}
	}
	return false
}

var (
	ofHistogram = regexp.MustCompile(`_(bucket|count|sum)$`)

	quoted    = regexp.MustCompile("\"[^\"]*\"")
	selectors = regexp.MustCompile(`\{[^{}]*\}|\[[^\[\]]*\]|\b(by|on|without|group_left|group_right) \([^()]*\)`)
	words     = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
	promQL    = []string{
		"sum", "avg", "max", "min", "count", "rate", "increase", "histogram_quantile", "max_over_time", "absent", "vector",
		"and", "or", "unless", "offset", "time",
	}
)

// namesIn are the metrics that an expression names: its words that are not
// PromQL's.
func namesIn(expr string) []string {
	expr = selectors.ReplaceAllString(quoted.ReplaceAllString(expr, ""), "")
	found := map[string]bool{}
	for _, word := range words.FindAllString(regexp.MustCompile(`\b\d+[a-z]+\b`).ReplaceAllString(expr, ""), -1) {
		if !slices.Contains(promQL, word) {
			found[word] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestNamesInFindsMetricsOnly(t *testing.T) {
	for expr, want := range map[string]string{
		`sum by (from, to) (rate(a_total{x="y z"}[5m])) / on (job) group_left (version) b:c:rate5m > 0.1`: "a_total b:c:rate5m",
		"(d unless d offset 15m) > 64 * 1024\nor absent(up{job=\"e\"})":                                   "d up",
	} {
		if got := strings.Join(namesIn(expr), " "); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}
