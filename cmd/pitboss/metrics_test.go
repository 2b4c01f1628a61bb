package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// contract are the metrics that the outside contract names, with their kind and
// labels, and the two that tell of stuck rooms. A label of which every value is
// there from the beginning names them all.
const contract = `
	games_active gauge game=liaptui
	games_started_total counter game=liaptui
	games_completed_total counter game=liaptui
	games_abandoned_total counter game=liaptui
	games_per_hour gauge game=liaptui
	game_duration_seconds histogram game=liaptui outcome=abandoned,completed
	player_games_total counter player_type=bot,human
	player_wins_total counter player_type=bot,human
	player_win_rate gauge player_type=bot,human
	player_actions_total counter action player_type=bot,human result=accepted,rejected
	player_response_seconds histogram action player_type=bot,human
	action_duration_seconds histogram action
	player_disconnects_total counter
	player_reconnects_total counter
	phase_duration_seconds histogram phase
	turn_duration_seconds histogram
	state_rooms gauge state
	state_transitions_total counter from to
	state_transition_duration_seconds histogram from to
	state_errors_total counter state error
	websocket_connections gauge
	websocket_connections_opened_total counter
	websocket_connections_closed_total counter reason
	websocket_messages_total counter direction=in,out
	websocket_bytes_total counter direction=in,out
	broadcast_duration_seconds histogram
	broadcast_recipients_total counter
	broadcast_failures_total counter
	queue_depth gauge queue=commands,events,tasks priority=background,critical,high,low,normal
	queue_oldest_message_age_seconds gauge queue=commands,events,tasks
	queue_messages_total counter queue=commands,events,tasks outcome=acked,delivered,dropped,enqueued,expired,nacked,terminated
	queue_wait_seconds histogram queue=commands,events,tasks
	handler_duration_seconds histogram queue=commands,events,tasks result=error,ok
	dead_letters gauge queue=commands,events,tasks reason=deadline_missed,manual,max_retries_exceeded,no_handler,overflow,processing_failed,ttl_expired,validation_failed
	dead_letters_total counter queue=commands,events,tasks reason=deadline_missed,manual,max_retries_exceeded,no_handler,overflow,processing_failed,ttl_expired,validation_failed
	task_duration_seconds histogram task
	tasks_total counter task outcome=completed,failed,late
	event_stream_subscribers gauge
	events_total counter type
	event_stream_missed_total counter
	process_memory_growth_bytes_per_hour gauge
	system_load_average gauge window=15m,1m,5m
	rooms gauge health=critical,healthy,idle,stuck,warning
	rooms_stuck gauge reason=bot_task_dead_lettered,owner_gone,queue_blocked,timer_lost,waiting_for_bot,waiting_for_human`

// agrees holds a family against a line of the contract.
func agrees(t *testing.T, f *dto.MetricFamily, kind string, labels []string) {
	t.Helper()
	if got := strings.ToLower(f.GetType().String()); got != kind {
		t.Errorf("%s is a %s, want a %s", f.GetName(), got, kind)
	}
	seen := map[string][]string{}
	for _, m := range f.Metric {
		if len(m.Label) != len(labels) {
			t.Errorf("%s has the labels %v, want %v", f.GetName(), m.Label, labels)
			return
		}
		for _, l := range m.Label {
			if !slices.Contains(seen[l.GetName()], l.GetValue()) {
				seen[l.GetName()] = append(seen[l.GetName()], l.GetValue())
			}
		}
	}
	for _, label := range labels {
		name, values, all := strings.Cut(label, "=")
		got := seen[name]
		slices.Sort(got)
		if len(got) == 0 || all && strings.Join(got, ",") != values {
			t.Errorf("%s: %s is %q, want %q", f.GetName(), name, got, values)
		}
	}
}

// Every metric of the contract is exported by a server that plays, as what it
// should be, with its labels, under a name that the library's linter likes. No
// label tells of a room, a game, a player or a correlation ID.
func TestMetricsOfTheContract(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "2", "--pace", "1ms", "--seed", "7")
	room := createRoom(t, r.url, `{"game":"liaptui","bots":3}`)
	ann := &person{t: t, url: r.url, room: room, ctx: t.Context()}
	ann.connect()
	ann.expect("ready", "r", `{"id":"r","type":"ready"}`, "ack", "")
	if _, ok := ann.turn(); !ok {
		t.Fatal("no turn came")
	}
	families := allExported(t, r.url)
	for line := range strings.Lines(strings.TrimSpace(contract)) {
		fields := strings.Fields(line)
		family := families["pitboss_"+fields[0]]
		if family == nil {
			t.Errorf("pitboss_%s is not exported", fields[0])
			continue
		}
		agrees(t, family, fields[1], fields[2:])
	}
	for _, standard := range []string{"go_goroutines", "process_resident_memory_bytes", "process_cpu_seconds_total"} {
		if families[standard] == nil {
			t.Errorf("%s is not exported", standard)
		}
	}
	var list []*dto.MetricFamily
	for _, f := range families {
		list = append(list, f)
		checkLabels(t, f, []string{room, "ann", "table-0"})
	}
	problems, err := promlint.NewWithMetricFamilies(list).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "pitboss_") { // others' names are others'
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	_ = ann.ws.CloseNow()
	r.stop()
	if code := r.wait(t); code != exitOK {
		t.Errorf("exit %d; %s", code, r.log)
	}
}

// allExported waits until everything of the contract has happened once, and so is
// exported. What is not in time, the caller tells of.
func allExported(t *testing.T, url string) (families map[string]*dto.MetricFamily) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; pause(t, 20*time.Millisecond) {
		families = exported(t, url)
		complete := true
		for line := range strings.Lines(strings.TrimSpace(contract)) {
			complete = complete && families["pitboss_"+strings.Fields(line)[0]] != nil
		}
		if complete || time.Now().After(deadline) {
			return families
		}
	}
}

func exported(t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	status, text := get(t, url+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics: %d %s", status, text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func checkLabels(t *testing.T, f *dto.MetricFamily, told []string) {
	t.Helper()
	forbidden := []string{"room", "room_id", "game_id", "player", "player_id", "correlation", "correlation_id", "session", "trace_id"}
	for _, m := range f.Metric {
		for _, l := range m.Label {
			if slices.Contains(forbidden, l.GetName()) {
				t.Errorf("%s has the label %s", f.GetName(), l.GetName())
			}
			if slices.ContainsFunc(told, func(s string) bool { return strings.Contains(l.GetValue(), s) }) {
				t.Errorf("%s has %s=%q", f.GetName(), l.GetName(), l.GetValue())
			}
		}
		if m.Gauge != nil && m.Gauge.GetValue() < 0 && f.GetName() != "pitboss_process_memory_growth_bytes_per_hour" {
			t.Errorf("%s is %g", f.GetName(), m.Gauge.GetValue())
		}
	}
	if f.GetHelp() == "" {
		t.Errorf("%s has no help", f.GetName())
	}
}
