package gamestats_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nim is three matches for two seats; who takes the last one wins.
func nim() room.Game[int] {
	return room.Game[int]{
		Name: "nim", Seats: 2,
		Decide: func(taken int, c room.Command) ([]room.Fact, error) {
			switch {
			case c.Type == room.Start:
				return []room.Fact{room.Enter("TAKING", nil)}, nil
			case c.Type != "take":
				return nil, room.Refuse(room.CodeUnknown, "take")
			case c.Seat != taken%2:
				return nil, room.Refuse(room.CodeNotYourTurn, "wait")
			}
			facts := []room.Fact{
				{Type: event.TurnStarted, Seat: c.Seat}, {Type: event.PiecePlayed, Seat: c.Seat}, {Type: event.TurnEnded, Seat: c.Seat},
			}
			if taken == 2 {
				facts = append(facts, room.Enter("OVER", nil), room.Fact{
					Type: event.GameEnded, Seat: room.NoSeat, Data: event.Result{Outcome: event.Completed, Winners: []int{c.Seat}},
				})
			}
			return facts, nil
		},
		Apply: func(taken int, f room.Fact) int {
			if f.Type == event.PiecePlayed {
				taken++
			}
			return taken
		},
		Offers: func(taken int, into []room.Offer) []room.Offer {
			return append(into, room.Offer{Seat: taken % 2, Turn: uint64(taken + 1)})
		},
	}
}

func registered(t *testing.T, s *gamestats.Stats) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(s); err != nil {
		t.Fatal(err)
	}
	return registry
}

func TestCountsAGame(t *testing.T) {
	t.Parallel()
	s := gamestats.New(gamestats.Config{Games: []string{"nim"}, Reasons: []string{"client"}})
	registry := registered(t, s)
	host, err := room.NewHost(room.Config{Games: []room.Rules{nim()}, Observers: []room.Observer{s}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Queue("commands", host.Queue().(pitboss.Inspector[room.Command]).Stats); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()

	id, err := host.Create(ctx, room.Spec{Game: "nim", Bots: 1})
	if err != nil {
		t.Fatal(err)
	}
	place, err := host.Enter(ctx, id, "ann", "")
	if err != nil {
		t.Fatal(err)
	}
	do := func(c room.Command) {
		t.Helper()
		c.Room = id
		if _, err := host.Do(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	ann := room.Command{Seat: place.Seat, By: room.Human}
	as := func(c room.Command, kind string) room.Command { c.Type = kind; return c }
	do(as(ann, room.Ready))
	if err := host.Lose(ctx, place); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second takes over from the first, which was not lost
		if _, err := host.Enter(ctx, id, "ann", place.Session); err != nil {
			t.Fatal(err)
		}
	}
	do(as(ann, "x'; drop table--")) // made up, refused
	do(as(ann, "take"))
	do(as(ann, "take")) // out of turn, but an action that rules know
	check(t, registry, `
# HELP pitboss_games_active Games being played.
# TYPE pitboss_games_active gauge
pitboss_games_active{game="nim"} 1
# HELP pitboss_state_rooms Open rooms by their game's state.
# TYPE pitboss_state_rooms gauge
pitboss_state_rooms{state="TAKING"} 1
pitboss_state_rooms{state="WAITING"} 0
`, "pitboss_games_active", "pitboss_state_rooms")
	do(room.Command{Seat: 1, By: room.Bot, Type: "take"})
	do(as(ann, "take"))
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	_ = host.Queue().Close(ctx) // the room's timers are left

	check(t, registry, `
# HELP pitboss_games_active Games being played.
# TYPE pitboss_games_active gauge
pitboss_games_active{game="nim"} 0
# HELP pitboss_games_started_total Games that began.
# TYPE pitboss_games_started_total counter
pitboss_games_started_total{game="nim"} 1
# HELP pitboss_games_completed_total Games played to the end.
# TYPE pitboss_games_completed_total counter
pitboss_games_completed_total{game="nim"} 1
# HELP pitboss_games_abandoned_total Games that everybody left.
# TYPE pitboss_games_abandoned_total counter
pitboss_games_abandoned_total{game="nim"} 0
# HELP pitboss_games_per_hour Games completed within the last hour.
# TYPE pitboss_games_per_hour gauge
pitboss_games_per_hour{game="nim"} 1
# HELP pitboss_player_games_total Seats in completed games.
# TYPE pitboss_player_games_total counter
pitboss_player_games_total{player_type="bot"} 1
pitboss_player_games_total{player_type="human"} 1
# HELP pitboss_player_wins_total Seats that won them.
# TYPE pitboss_player_wins_total counter
pitboss_player_wins_total{player_type="bot"} 0
pitboss_player_wins_total{player_type="human"} 1
# HELP pitboss_player_win_rate Share of seats in completed games that won.
# TYPE pitboss_player_win_rate gauge
pitboss_player_win_rate{player_type="bot"} 0
pitboss_player_win_rate{player_type="human"} 1
# HELP pitboss_player_actions_total Actions that players tried.
# TYPE pitboss_player_actions_total counter
pitboss_player_actions_total{action="other",player_type="human",result="accepted"} 0
pitboss_player_actions_total{action="other",player_type="human",result="rejected"} 1
pitboss_player_actions_total{action="ready",player_type="human",result="accepted"} 1
pitboss_player_actions_total{action="ready",player_type="human",result="rejected"} 0
pitboss_player_actions_total{action="take",player_type="bot",result="accepted"} 1
pitboss_player_actions_total{action="take",player_type="bot",result="rejected"} 0
pitboss_player_actions_total{action="take",player_type="human",result="accepted"} 2
pitboss_player_actions_total{action="take",player_type="human",result="rejected"} 1
# HELP pitboss_player_disconnects_total Players whose connection was lost.
# TYPE pitboss_player_disconnects_total counter
pitboss_player_disconnects_total 1
# HELP pitboss_player_reconnects_total Players who came back.
# TYPE pitboss_player_reconnects_total counter
pitboss_player_reconnects_total 1
# HELP pitboss_state_rooms Open rooms by their game's state.
# TYPE pitboss_state_rooms gauge
pitboss_state_rooms{state="OVER"} 0
pitboss_state_rooms{state="TAKING"} 0
pitboss_state_rooms{state="WAITING"} 0
# HELP pitboss_state_transitions_total Changes of state.
# TYPE pitboss_state_transitions_total counter
pitboss_state_transitions_total{from="TAKING",to="OVER"} 1
pitboss_state_transitions_total{from="WAITING",to="TAKING"} 1
`, "pitboss_games_active", "pitboss_games_started_total", "pitboss_games_completed_total", "pitboss_games_abandoned_total",
		"pitboss_games_per_hour", "pitboss_player_games_total", "pitboss_player_wins_total", "pitboss_player_win_rate",
		"pitboss_player_actions_total", "pitboss_player_disconnects_total", "pitboss_player_reconnects_total",
		"pitboss_state_rooms", "pitboss_state_transitions_total")
	if n := s.Latency().Count(); n != 4 {
		t.Errorf("%d actions timed, want 4", n)
	}
	lint(t, registry)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if v := l.GetValue(); v == id || v == "ann" || strings.Contains(v, "table--") {
					t.Errorf("%s has the label %s=%q", f.GetName(), l.GetName(), v)
				}
			}
		}
	}
}

func TestCountsTasksAndConnections(t *testing.T) {
	t.Parallel()
	s := gamestats.New(gamestats.Config{Reasons: []string{"client"}})
	registry := registered(t, s)
	report := func(o task.Outcome) {
		s.Task(t.Context(), task.Report{Outcome: o, Task: task.Task{Type: "bot.move"}, Duration: time.Millisecond})
	}
	for _, o := range []task.Outcome{task.Submitted, task.Retried, task.Completed, task.Completed, task.Failed, task.Late} {
		report(o)
	}
	for range 3 {
		s.ConnectionOpened()
	}
	s.ConnectionClosed("client")
	s.ConnectionClosed("sunspots")
	s.Message("in", 10)
	s.Message("out", 20)
	s.Message("out", 30)
	stats := pitboss.Stats{InFlight: 2, Oldest: 1500 * time.Millisecond, Enqueued: 9, Acked: 4}
	stats.Ready[pitboss.High.Level()] = 3
	if err := s.Queue("q", func() pitboss.Stats { return stats }); err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() pitboss.Stats{"": func() pitboss.Stats { return stats }, "other": nil} {
		if err := s.Queue(name, read); !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("queue %q: %v", name, err)
		}
	}
	if err := s.Queue("q", func() pitboss.Stats { return stats }); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("the same queue twice: %v", err)
	}
	check(t, registry, `
# HELP pitboss_tasks_total Background tasks by what became of them.
# TYPE pitboss_tasks_total counter
pitboss_tasks_total{outcome="completed",task="bot.move"} 2
pitboss_tasks_total{outcome="failed",task="bot.move"} 1
pitboss_tasks_total{outcome="late",task="bot.move"} 1
# HELP pitboss_websocket_connections Players connected.
# TYPE pitboss_websocket_connections gauge
pitboss_websocket_connections 1
# HELP pitboss_websocket_connections_opened_total Connections that opened.
# TYPE pitboss_websocket_connections_opened_total counter
pitboss_websocket_connections_opened_total 3
# HELP pitboss_websocket_connections_closed_total Connections that closed, by why.
# TYPE pitboss_websocket_connections_closed_total counter
pitboss_websocket_connections_closed_total{reason="client"} 1
pitboss_websocket_connections_closed_total{reason="other"} 1
# HELP pitboss_websocket_messages_total Frames read (in) and written (out).
# TYPE pitboss_websocket_messages_total counter
pitboss_websocket_messages_total{direction="in"} 1
pitboss_websocket_messages_total{direction="out"} 2
# HELP pitboss_websocket_bytes_total Bytes in frames read (in) and written (out).
# TYPE pitboss_websocket_bytes_total counter
pitboss_websocket_bytes_total{direction="in"} 10
pitboss_websocket_bytes_total{direction="out"} 50
# HELP pitboss_queue_depth Messages waiting for a consumer.
# TYPE pitboss_queue_depth gauge
pitboss_queue_depth{priority="background",queue="q"} 0
pitboss_queue_depth{priority="critical",queue="q"} 0
pitboss_queue_depth{priority="high",queue="q"} 3
pitboss_queue_depth{priority="low",queue="q"} 0
pitboss_queue_depth{priority="normal",queue="q"} 0
# HELP pitboss_queue_oldest_message_age_seconds How long the oldest waiting message has been in the queue.
# TYPE pitboss_queue_oldest_message_age_seconds gauge
pitboss_queue_oldest_message_age_seconds{queue="q"} 1.5
# HELP pitboss_queue_messages_total Messages by what became of them.
# TYPE pitboss_queue_messages_total counter
pitboss_queue_messages_total{outcome="acked",queue="q"} 4
pitboss_queue_messages_total{outcome="delivered",queue="q"} 0
pitboss_queue_messages_total{outcome="dropped",queue="q"} 0
pitboss_queue_messages_total{outcome="enqueued",queue="q"} 9
pitboss_queue_messages_total{outcome="expired",queue="q"} 0
pitboss_queue_messages_total{outcome="nacked",queue="q"} 0
pitboss_queue_messages_total{outcome="terminated",queue="q"} 0
`, "pitboss_tasks_total", "pitboss_websocket_connections", "pitboss_websocket_connections_opened_total",
		"pitboss_websocket_connections_closed_total", "pitboss_websocket_messages_total", "pitboss_websocket_bytes_total",
		"pitboss_queue_depth", "pitboss_queue_oldest_message_age_seconds", "pitboss_queue_messages_total")
	lint(t, registry)
}

func check(t *testing.T, registry *prometheus.Registry, want string, names ...string) {
	t.Helper()
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

func lint(t *testing.T, registry *prometheus.Registry) {
	t.Helper()
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
