package grafana

import "github.com/grafana/grafana-foundation-sdk/go/units"

// stateMachine is for whoever asks where games stand, and where they stay too
// long.
func stateMachine() board {
	return board{
		uid:         "pitboss-state-machine",
		title:       "State Machine",
		description: "In which states are the rooms, how do they move, how long do they stay, and where do errors occur?",
		rows: []row{
			{"Where games stand", []panel{
				{
					title: "Rooms by state", description: "Open rooms by their game's state. One that only grows holds rooms that do not get on.",
					unit: units.Short, kind: stacked,
					queries: []query{{`sum by (state) (pitboss_state_rooms{@})`, "{{state}}"}},
				},
				{
					title: "Changes of state", description: "Per second, by where from and where to.", unit: units.CountsPerSecond, kind: stacked,
					queries: []query{{`sum by (from, to) (rate(pitboss_state_transitions_total{@}[$__rate_interval]))`, "{{from}} → {{to}}"}},
				},
				{
					kind: listing, title: "Edges", description: "Every change of state within the chosen time: how often, and how long the work took at most for 95 of 100.",
					unit: units.Short, wide: columns,
					queries: []query{
						{`sum by (from, to) (increase(pitboss_state_transitions_total{@}[$__range]))`, "changes"},
						{
							`histogram_quantile(0.95, sum by (from, to, le) (rate(pitboss_state_transition_duration_seconds_bucket{@}[$__range])))`,
							"p95 in seconds",
						},
					},
				},
			}},
			{"How rooms are", []panel{
				{
					title: "Rooms by health", description: "Open rooms: idle ones have been quiet for 5 minutes; warning and critical ones had errors in the last 10.",
					unit: units.Short, kind: stacked,
					queries: []query{{`sum by (health) (pitboss_rooms{@})`, "{{health}}"}},
				},
				{
					title: "Stuck rooms", description: "Rooms that nobody moves on, by why. `/api/v1/visualization/rooms` names them.",
					unit: units.Short, kind: stacked, steps: []step{{1, "red"}},
					queries: []query{{`sum by (reason) (pitboss_rooms_stuck{@})`, "{{reason}}"}},
				},
			}},
			{"How long", []panel{
				{
					title: "Time in a phase, median", description: "How long games stayed in a phase.", unit: units.Seconds,
					queries: []query{quantile(0.5, "pitboss_phase_duration_seconds", "{{phase}}", "phase")},
				},
				{
					title: "Time in a phase, p95", description: "95 of 100 games stayed no longer.", unit: units.Seconds,
					queries: []query{quantile(0.95, "pitboss_phase_duration_seconds", "{{phase}}", "phase")},
				},
				{
					title: "Turns", description: "How long turns lasted.", unit: units.Seconds,
					queries: quantiles("pitboss_turn_duration_seconds", ""),
				},
				{
					kind: heat, title: "Turns, spread", description: "All turns by how long they lasted.", unit: units.Seconds,
					queries: spread("pitboss_turn_duration_seconds"),
				},
				{
					title: "Work for a change of state", description: "From the receipt of what changed a state until it had, by where to. 95 of 100 took no longer.",
					unit: units.Seconds, steps: limits(0.05, 0.25), wide: columns,
					queries: []query{quantile(0.95, "pitboss_state_transition_duration_seconds", "→ {{to}}", "to")},
				},
			}},
			{"Errors", []panel{
				{
					title: "Errors by state", description: "Faults by the state in which they occurred, per second.", unit: units.CountsPerSecond, kind: stacked,
					queries: []query{{`sum by (state, error) (rate(pitboss_state_errors_total{@}[$__rate_interval]))`, "{{state}}: {{error}}"}},
				},
				{
					kind: listing, title: "Errors, counted", description: "Faults within the chosen time.", unit: units.Short, steps: limits(1, 10),
					queries: []query{{`sum by (state, error) (increase(pitboss_state_errors_total{@}[$__range]))`, "errors"}},
				},
			}},
		},
	}
}
