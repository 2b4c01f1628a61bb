package visual_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/room"
)

// restless plays at random: bots say what is next, people too, or something
// wrong, or nothing at all, or they leave, or lose their connection.
type restless struct {
	house *house
	moves sync.WaitGroup
}

func (p *restless) Observe(c *room.Commit) {
	for _, o := range c.Offers {
		seed := o.Turn
		for _, b := range []byte(c.Room) {
			seed = seed*31 + uint64(b)
		}
		r := rand.New(rand.NewPCG(seed, uint64(o.Seat)))
		p.moves.Go(func() { p.move(c.Room, o, r) })
	}
}

func (p *restless) move(id string, o room.OpenOffer, r *rand.Rand) {
	time.Sleep(time.Duration(r.Int64N(int64(2 * time.Second))))
	do := func(command string) {
		_ = p.house.Submit(context.Background(), room.Command{
			Room: id, Type: command, Seat: o.Seat, By: o.By, Turn: o.Turn,
		}, nil)
	}
	if o.By == room.Human {
		switch r.IntN(40) {
		case 0:
			do("shout")
		case 1:
			do("break")
		case 2:
			do(room.Leave)
			return
		case 3:
			return // until the time has passed
		}
	}
	do("say")
}

// recount is what the journals say.
type recount struct {
	started, completed, abandoned float64
	lasted                        float64 // of games that ended, in seconds
	active                        map[string]float64
	playing                       float64
	games, wins                   map[string]float64 // by player type
	stays                         map[string]float64 // by phase, in seconds
	edges                         map[[2]string]float64
	actions                       map[[2]string]float64 // by action and player type
}

func (r *recount) add(events []event.Event) {
	state, playing, closed := room.Waiting, false, false
	var by [2]string
	for _, e := range events {
		switch data := e.Data.(type) {
		case event.Seat:
			if e.Type == event.RoomJoined {
				by[data.Seat] = data.PlayerType
			}
			if e.Type == event.PlayerReady {
				r.actions[[2]string{room.Ready, data.PlayerType}]++
			}
		case event.Start:
			r.started++
			playing = true
		case event.StateChange:
			state = data.To
			r.edges[[2]string{data.From, data.To}]++
			r.stays[data.From] += data.DurationMS / 1000
		case event.Action:
			if e.Type == event.PlayerAction && data.Action != event.ActionAway && data.Action != event.ActionBack {
				r.actions[[2]string{data.Action, data.PlayerType}]++
			}
		case event.Result:
			playing = false
			r.lasted += data.DurationSeconds
			if data.Outcome != event.Completed {
				r.abandoned++
				break
			}
			r.completed++
			for seat, kind := range by {
				r.games[kind]++
				if slices.Contains(data.Winners, seat) {
					r.wins[kind]++
				}
			}
		case event.Closing:
			closed = true
		}
	}
	if !closed {
		r.active[state]++
	}
	if playing {
		r.playing++
	}
}

// What the metrics and the pictures say of 500 random games is what their
// journals say.
func TestMetricsTellTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const games = 500
		stats := gamestats.New(gamestats.Config{Games: []string{"timed"}})
		registry := prometheus.NewPedanticRegistry()
		journal, players := new(room.MemoryJournal), new(restless)
		h := open(t, room.Config{Journal: journal, RetainFinished: games}, visual.Config{MaxClosed: 10 * games, Retention: 24 * time.Hour}, stats, players)
		players.house = h
		registry.MustRegister(stats, h.visual)

		play := func(from, to int) {
			for n := from; n < to; n++ {
				people := []string{"ann-" + strconv.Itoa(n), "bob-" + strconv.Itoa(n)}[:n%3]
				h.table("r"+strconv.Itoa(n), "timed", people...)
			}
		}
		play(0, games*4/5)
		wait(10 * time.Minute)
		checkGauges(t, registry)
		play(games*4/5, games)
		wait(8 * time.Second) // some are still playing
		checkGauges(t, registry)

		truth := recount{
			active: map[string]float64{}, games: map[string]float64{}, wins: map[string]float64{},
			stays: map[string]float64{}, edges: map[[2]string]float64{}, actions: map[[2]string]float64{},
		}
		for n := range games {
			events, err := journal.Read(t.Context(), "r"+strconv.Itoa(n), 0)
			if err != nil || len(events) == 0 {
				t.Fatalf("room %d: %d events, %v", n, len(events), err)
			}
			truth.add(events)
		}
		if truth.abandoned == 0 || truth.playing == 0 || truth.completed < games/2 {
			t.Errorf("the games are too much alike: %+v", truth)
		}
		truth.compareMetrics(t, gathered(t, registry))
		truth.comparePictures(t, h.visual)
		wait(time.Hour)
		players.moves.Wait()
		m := gathered(t, registry)
		for _, name := range []string{"pitboss_games_active", "pitboss_state_rooms", "pitboss_rooms"} {
			if n := m.sum(name); n != 0 {
				t.Errorf("%s is %g when all is over", name, n)
			}
		}
	})
}

func (r *recount) compareMetrics(t *testing.T, m metrics) {
	t.Helper()
	equal := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-6*(1+want) {
			t.Errorf("%s is %g, journals say %g", what, got, want)
		}
	}
	const game = `game="timed"`
	equal("started", m["pitboss_games_started_total{"+game+"}"], r.started)
	equal("completed", m["pitboss_games_completed_total{"+game+"}"], r.completed)
	equal("abandoned", m["pitboss_games_abandoned_total{"+game+"}"], r.abandoned)
	equal("active", m["pitboss_games_active{"+game+"}"], r.playing)
	equal("games per hour", m["pitboss_games_per_hour{"+game+"}"], r.completed)
	equal("durations", m.sum("pitboss_game_duration_seconds_sum"), r.lasted)
	equal("games that ended", m.sum("pitboss_game_duration_seconds_count"), r.completed+r.abandoned)
	for _, by := range []string{"human", "bot"} {
		equal("games of "+by, m[`pitboss_player_games_total{player_type="`+by+`"}`], r.games[by])
		equal("wins of "+by, m[`pitboss_player_wins_total{player_type="`+by+`"}`], r.wins[by])
		equal("win rate of "+by, m[`pitboss_player_win_rate{player_type="`+by+`"}`], r.wins[by]/r.games[by])
	}
	for state, seconds := range r.stays {
		equal("stays in "+state, m[`pitboss_phase_duration_seconds_sum{phase="`+state+`"}`], seconds)
	}
	for _, state := range []string{room.Waiting, "LOW", "HIGH", "OVER"} {
		equal("rooms in "+state, m[`pitboss_state_rooms{state="`+state+`"}`], r.active[state])
	}
	var moves float64
	for edge, n := range r.edges {
		moves += n
		equal(edge[0]+" to "+edge[1], m[`pitboss_state_transitions_total{from="`+edge[0]+`",to="`+edge[1]+`"}`], n)
	}
	equal("transitions", m.sum("pitboss_state_transitions_total"), moves)
	equal("timed transitions", m.sum("pitboss_state_transition_duration_seconds_count"), moves)
	for key, n := range r.actions {
		equal(key[0]+" by "+key[1], m[`pitboss_player_actions_total{action="`+key[0]+`",player_type="`+key[1]+`",result="accepted"}`], n)
	}
}

func (r *recount) comparePictures(t *testing.T, v *visual.Visual) {
	t.Helper()
	rooms, diagram, players := v.Rooms(visual.RoomFilter{}), v.Diagram(), v.Activity(0).Summary
	var active float64
	for state, n := range r.active {
		active += n
		if float64(rooms.ByState[state]) != n {
			t.Errorf("%d rooms in %s, journals say %g", rooms.ByState[state], state, n)
		}
	}
	if float64(rooms.Summary.Active) != active || len(rooms.ByState) > len(r.active) {
		t.Errorf("%d active rooms, %v, journals say %g", rooms.Summary.Active, rooms.ByState, active)
	}
	for _, n := range diagram.Nodes {
		if float64(n.ActiveRooms) != r.active[n.Name] || math.Abs(n.MeanSeconds*float64(n.TransitionsOut)-r.stays[n.Name]) > 1e-3 {
			t.Errorf("%s has %d rooms, mean %g s, journals say %g and %g s together",
				n.Name, n.ActiveRooms, n.MeanSeconds, r.active[n.Name], r.stays[n.Name])
		}
	}
	if len(diagram.Edges) != len(r.edges) {
		t.Errorf("%d edges, journals say %d", len(diagram.Edges), len(r.edges))
	}
	for _, e := range diagram.Edges {
		if float64(e.Count) != r.edges[[2]string{e.From, e.To}] {
			t.Errorf("%s to %s %d times, journals say %g", e.From, e.To, e.Count, r.edges[[2]string{e.From, e.To}])
		}
	}
	if float64(players.GamesStarted) != r.started || float64(players.GamesCompleted) != r.completed || float64(players.GamesAbandoned) != r.abandoned {
		t.Errorf("%+v, journals say %g started, %g completed, %g abandoned", players, r.started, r.completed, r.abandoned)
	}
	total := v.Performance(visual.MaxWindow).Total
	var actions float64
	for key, n := range r.actions {
		if key[0] != room.Ready { // which is no player.action
			actions += n
		}
	}
	if float64(total.Actions) != actions || float64(total.GamesCompleted) != r.completed {
		t.Errorf("the timeline has %d actions and %d games, journals say %g and %g", total.Actions, total.GamesCompleted, actions, r.completed)
	}
}

// metrics are samples by name and labels, as the text format has them.
type metrics map[string]float64

func gathered(t *testing.T, registry *prometheus.Registry) metrics {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	m := make(metrics)
	for _, f := range families {
		for _, sample := range f.Metric {
			var labels []string
			for _, l := range sample.Label {
				labels = append(labels, l.GetName()+"="+strconv.Quote(l.GetValue()))
			}
			suffix := ""
			if len(labels) > 0 {
				suffix = "{" + strings.Join(labels, ",") + "}"
			}
			switch h := sample.Histogram; {
			case h != nil:
				m[f.GetName()+"_sum"+suffix] = h.GetSampleSum()
				m[f.GetName()+"_count"+suffix] = float64(h.GetSampleCount())
			case sample.Counter != nil:
				m[f.GetName()+suffix] = sample.Counter.GetValue()
			default:
				m[f.GetName()+suffix] = sample.Gauge.GetValue()
			}
		}
	}
	return m
}

// sum adds a family's samples up.
func (m metrics) sum(name string) float64 {
	total := 0.0
	for key, value := range m {
		if key == name || strings.HasPrefix(key, name+"{") {
			total += value
		}
	}
	return total
}

// checkGauges fails where a gauge is negative.
func checkGauges(t *testing.T, registry *prometheus.Registry) {
	t.Helper()
	for name, value := range gathered(t, registry) {
		if value < 0 {
			t.Errorf("%s is %g", name, value)
		}
	}
}
