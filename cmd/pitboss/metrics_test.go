package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// contract are the metrics that the outside contract names, those that appear
// with their first observation in the last line.
const contract = `
	games_active games_started_total games_completed_total games_abandoned_total games_per_hour game_duration_seconds
	player_games_total player_wins_total player_win_rate player_actions_total player_response_seconds
	action_duration_seconds player_disconnects_total player_reconnects_total
	phase_duration_seconds turn_duration_seconds state_rooms state_transitions_total state_transition_duration_seconds
	websocket_connections websocket_connections_opened_total websocket_connections_closed_total
	websocket_messages_total websocket_bytes_total
	broadcast_duration_seconds broadcast_recipients_total broadcast_failures_total
	queue_depth queue_oldest_message_age_seconds queue_messages_total queue_wait_seconds handler_duration_seconds
	task_duration_seconds tasks_total
	event_stream_subscribers events_total event_stream_missed_total
	process_memory_growth_bytes_per_hour system_load_average
	rooms rooms_stuck`

// Every metric of the contract is exported by a server that plays, under a name
// that the library's linter likes, and no label tells of a room, a game, a
// player or what hangs together.
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
	families := exported(t, r.url)
	for name := range strings.FieldsSeq(contract) {
		if families["pitboss_"+name] == nil {
			t.Errorf("pitboss_%s is not exported", name)
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
