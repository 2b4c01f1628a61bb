package top

import (
	"cmp"
	"slices"
	"time"
)

// Snapshot is what a server tells at one moment, in the shapes of its API.
type Snapshot struct {
	Time    time.Time `json:"time"`
	URL     string    `json:"url"`
	Status  Status    `json:"status"`
	Rooms   Rooms     `json:"rooms"`
	Diagram Diagram   `json:"state_diagram"`
}

// Status is of /api/v1/status.
type Status struct {
	Version     string  `json:"version"`
	Uptime      float64 `json:"uptime_seconds"`
	Store       string  `json:"store"`
	Connections int     `json:"connections"`
	Status      string  `json:"status"`
	Queues      []Queue `json:"queues"`
}

// Queue is one of /api/v1/queues.
type Queue struct {
	Name      string  `json:"name"`
	Ready     int     `json:"ready"`
	InFlight  int     `json:"in_flight"`
	Delayed   int     `json:"delayed"`
	OldestAge float64 `json:"oldest_age_seconds"`
	Counters  struct {
		Terminated uint64 `json:"terminated"`
		Expired    uint64 `json:"expired"`
		Dropped    uint64 `json:"dropped"`
	} `json:"counters"`
	Rates struct {
		Enqueued float64 `json:"enqueued_per_second"`
		Acked    float64 `json:"acked_per_second"`
	} `json:"rates"`
}

// Rooms is /api/v1/visualization/rooms.
type Rooms struct {
	Summary struct {
		Total   int            `json:"total_rooms"`
		Active  int            `json:"active_rooms"`
		Players int            `json:"players"`
		Bots    int            `json:"bots"`
		Health  map[string]int `json:"health"`
	} `json:"summary"`
	Rooms []Room `json:"rooms"`
}

// Room is one of them.
type Room struct {
	ID      string    `json:"room_id"`
	State   string    `json:"state"`
	Players int       `json:"players"`
	Bots    int       `json:"bots"`
	Last    time.Time `json:"last_activity"`
	Actions int       `json:"actions"`
	Errors  int       `json:"errors"`
	Health  string    `json:"health"`
	// Stuck says why, where Health is stuck.
	Stuck *Stuck `json:"stuck,omitempty"`
}

// Stuck is what a stuck room waits for.
type Stuck struct {
	Reason string `json:"reason"`
}

// Diagram is /api/v1/visualization/state-diagram.
type Diagram struct {
	Nodes []Node `json:"nodes"`
}

// Node is one state.
type Node struct {
	Name   string  `json:"name"`
	Rooms  int     `json:"active_rooms"`
	Mean   float64 `json:"avg_duration_seconds"`
	P95    float64 `json:"p95_duration_seconds"`
	Errors int     `json:"errors"`
	In     int     `json:"transitions_in"`
}

// healths are the words for how a room is, worst first.
var healths = []string{"stuck", "critical", "warning", "idle", "healthy"}

// worstFirst sorts rooms by health, and then by how long nothing happened.
func worstFirst(rooms []Room) []Room {
	sorted := slices.Clone(rooms)
	slices.SortStableFunc(sorted, func(a, b Room) int {
		return cmp.Or(
			cmp.Compare(slices.Index(healths, a.Health), slices.Index(healths, b.Health)),
			a.Last.Compare(b.Last), cmp.Compare(a.ID, b.ID))
	})
	return sorted
}
