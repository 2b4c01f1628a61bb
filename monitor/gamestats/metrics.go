package gamestats

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the families. Children are resolved once and kept by Stats.
type metrics struct {
	gameMetricFamilies

	connections       prometheus.Gauge
	connectionsOpened prometheus.Counter
	connectionsClosed *prometheus.CounterVec
	messages          *prometheus.CounterVec
	bytes             *prometheus.CounterVec

	broadcastDuration   *histograms
	broadcastRecipients prometheus.Counter
	broadcastFailures   prometheus.Counter

	tasks        *prometheus.CounterVec
	taskDuration *histograms

	queueWait       *histograms
	handlerDuration *histograms

	deadLetters      *prometheus.GaugeVec
	deadLettersTotal *prometheus.CounterVec
}

// gameMetricFamilies are those that rooms' commits change, all under one lock.
type gameMetricFamilies struct {
	gamesActive, gamesStarted, gamesCompleted, gamesAbandoned, gamesPerHour *numbers
	gameDuration                                                            *histograms

	playerGames, playerWins, winRate, actions *numbers
	response, action                          *histograms
	disconnects, reconnects                   *numbers

	phaseDuration, turnDuration *histograms
	stateRooms, transitions     *numbers
	transitionDuration          *histograms
	stateErrors                 *numbers
}

// What histograms divide durations by, made once: there are many of each.
var (
	workLayout    = sync.OnceValue(func() *layout { return newLayout(work) })
	thoughtLayout = sync.OnceValue(func() *layout { return newLayout(thought) })
	lengthsLayout = sync.OnceValue(func() *layout { return newLayout(lengths) })
)

var (
	// work is what a program does between two events: 50 µs to 5 s.
	work = []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5}
	// thought is what people and games take: 10 ms to 10 min.
	thought = []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600}
	// games last up to hours.
	lengths = []float64{0.1, 1, 10, 30, 60, 120, 300, 600, 900, 1200, 1800, 2700, 3600, 7200}
)

func newGameMetricFamilies() gameMetricFamilies {
	counters := func(name, help string, labels ...string) *numbers {
		return newNumbers(prometheus.CounterValue, name, help, labels)
	}
	gauges := func(name, help string, labels ...string) *numbers {
		return newNumbers(prometheus.GaugeValue, name, help, labels)
	}
	return gameMetricFamilies{
		gamesActive:    gauges("games_active", "Games being played.", "game"),
		gamesStarted:   counters("games_started_total", "Games that began.", "game"),
		gamesCompleted: counters("games_completed_total", "Games played to the end.", "game"),
		gamesAbandoned: counters("games_abandoned_total", "Games that everybody left.", "game"),
		gamesPerHour:   gauges("games_per_hour", "Games completed within the last hour.", "game"),
		gameDuration:   newHistograms("game_duration_seconds", "How long games lasted.", lengthsLayout(), "game", "outcome"),

		playerGames: counters("player_games_total", "Seats in completed games.", "player_type"),
		playerWins:  counters("player_wins_total", "Seats that won them.", "player_type"),
		winRate:     gauges("player_win_rate", "Share of seats in completed games that won.", "player_type"),
		actions:     counters("player_actions_total", "Actions that players tried.", "action", "player_type", "result"),
		response:    newHistograms("player_response_seconds", "From a turn's offer to its action.", thoughtLayout(), "action", "player_type"),
		action:      newHistograms("action_duration_seconds", "From an action's receipt until its last event was out.", workLayout(), "action"),
		disconnects: counters("player_disconnects_total", "Players whose connection was lost."),
		reconnects:  counters("player_reconnects_total", "Players who came back."),

		phaseDuration:      newHistograms("phase_duration_seconds", "How long games stayed in a phase.", thoughtLayout(), "phase"),
		turnDuration:       newHistograms("turn_duration_seconds", "How long turns lasted.", thoughtLayout()),
		stateRooms:         gauges("state_rooms", "Open rooms by their game's state.", "state"),
		transitions:        counters("state_transitions_total", "Changes of state.", "from", "to"),
		transitionDuration: newHistograms("state_transition_duration_seconds", "From the receipt of what changed a state until it had.", workLayout(), "from", "to"),
		stateErrors:        counters("state_errors_total", "Errors by the state in which they occurred.", "state", "error"),
	}
}

// numbers are the families that hold numbers.
func (m *gameMetricFamilies) numbers() []*numbers {
	return []*numbers{
		m.gamesActive, m.gamesStarted, m.gamesCompleted, m.gamesAbandoned, m.gamesPerHour,
		m.playerGames, m.playerWins, m.winRate, m.actions, m.disconnects, m.reconnects,
		m.stateRooms, m.transitions, m.stateErrors,
	}
}

func newMetrics() metrics {
	return metrics{
		gameMetricFamilies: newGameMetricFamilies(),

		connections:       gauge("websocket_connections", "Players connected."),
		connectionsOpened: counter("websocket_connections_opened_total", "Connections that opened."),
		connectionsClosed: counters("websocket_connections_closed_total", "Connections that closed, by why.", "reason"),
		messages:          counters("websocket_messages_total", "Frames read (in) and written (out).", "direction"),
		bytes:             counters("websocket_bytes_total", "Bytes in frames read (in) and written (out).", "direction"),

		broadcastDuration:   newHistograms("broadcast_duration_seconds", "From when events happened until a recipient had them.", workLayout()),
		broadcastRecipients: counter("broadcast_recipients_total", "Deliveries of the events of one command to one recipient."),
		broadcastFailures:   counter("broadcast_failures_total", "Deliveries that failed."),

		tasks:        counters("tasks_total", "Background tasks by what became of them.", "task", "outcome"),
		taskDuration: newHistograms("task_duration_seconds", "How long tasks ran.", workLayout(), "task"),

		queueWait:       newHistograms("queue_wait_seconds", "From when a message was due until it was delivered.", workLayout(), "queue"),
		handlerDuration: newHistograms("handler_duration_seconds", "How long handling took.", workLayout(), "queue", "result"),

		deadLetters:      gauges("dead_letters", "Messages given up on and not disposed of.", "queue", "reason"),
		deadLettersTotal: counters("dead_letters_total", "Messages given up on.", "queue", "reason"),
	}
}

// others are the families that are not of numbers.
func (m *metrics) others() []prometheus.Collector {
	return []prometheus.Collector{
		m.gameDuration, m.response, m.action, m.phaseDuration, m.turnDuration, m.transitionDuration,
		m.connections, m.connectionsOpened, m.connectionsClosed, m.messages, m.bytes,
		m.broadcastDuration, m.broadcastRecipients, m.broadcastFailures,
		m.tasks, m.taskDuration, m.queueWait, m.handlerDuration, m.deadLetters, m.deadLettersTotal,
	}
}

const namespace = "pitboss"

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
}
