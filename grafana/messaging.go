package grafana

import "github.com/grafana/grafana-foundation-sdk/go/units"

// messaging is for whoever asks what waits, what failed and what was given up
// on.
func messaging() board {
	return board{
		uid:         "pitboss-messaging",
		title:       "Messaging",
		description: "What waits in the queues and for how long, what becomes of it, which tasks are late, and what was given up on?",
		rows: []row{
			{"Queues", []panel{
				{
					title: "Waiting", description: "Messages that wait for a consumer, by queue and priority.", unit: units.Short, kind: stacked,
					queries: []query{{`sum by (queue, priority) (pitboss_queue_depth{@})`, "{{queue}} {{priority}}"}},
				},
				{
					title: "Oldest message", description: "How long the oldest waiting message has been in its queue.", unit: units.Seconds, steps: limits(5, 30),
					queries: []query{{`max by (queue) (pitboss_queue_oldest_message_age_seconds{@})`, "{{queue}}"}},
				},
				{
					title: "In flight and delayed", description: "Messages handed out and not yet ended; messages held back by a delay, a retry or a timer.", unit: units.Short,
					queries: []query{
						{`sum by (queue) (pitboss_queue_in_flight{@})`, "{{queue}} in flight"},
						{`sum by (queue) (pitboss_queue_delayed{@})`, "{{queue}} delayed"},
					},
				},
				{
					title: "Messages", description: "What becomes of messages, per second.", unit: units.CountsPerSecond,
					queries: []query{{
						`sum by (queue, outcome) (rate(pitboss_queue_messages_total{@,outcome=~"enqueued|acked"}[$__rate_interval]))`,
						"{{queue}} {{outcome}}",
					}},
				},
				{
					title: "Messages that went wrong", description: "Handed back, expired, dropped or ended for good, per second.", unit: units.CountsPerSecond,
					queries: []query{{
						`sum by (queue, outcome) (rate(pitboss_queue_messages_total{@,outcome=~"nacked|expired|dropped|terminated"}[$__rate_interval]))`,
						"{{queue}} {{outcome}}",
					}},
				},
				{
					title: "Time waited", description: "From when a message was due until it was delivered.", unit: units.Seconds, steps: limits(0.05, 0.25),
					queries: []query{
						quantile(0.5, "pitboss_queue_wait_seconds", "{{queue}}", "queue"),
						quantile(0.95, "pitboss_queue_wait_seconds", "{{queue}}", "queue"),
					},
				},
				{
					title: "Time handled", description: "How long handling took, by how it ended; 95 of 100 took no longer.", unit: units.Seconds,
					queries: []query{quantile(0.95, "pitboss_handler_duration_seconds", "{{queue}} {{result}}", "queue", "result")},
				},
				{
					kind: heat, title: "Time waited, spread", description: "All messages by how long they waited.", unit: units.Seconds,
					queries: spread("pitboss_queue_wait_seconds"),
				},
			}},
			{"Dead letters", []panel{
				{
					title: "Dead letters", description: "Messages given up on and not disposed of. `pitboss dlq list` shows them.",
					unit: units.Short, kind: stacked, steps: limits(1, 100),
					queries: []query{{`sum by (queue, reason) (pitboss_dead_letters{@})`, "{{queue}}: {{reason}}"}},
				},
				{
					title: "Given up on", description: "Messages that became dead letters, per second.", unit: units.CountsPerSecond,
					queries: []query{{`sum by (queue, reason) (rate(pitboss_dead_letters_total{@}[$__rate_interval]))`, "{{queue}}: {{reason}}"}},
				},
			}},
			{"Tasks", []panel{
				{
					title: "Tasks", description: "Background tasks by what became of them, per second.", unit: units.CountsPerSecond,
					queries: []query{{`sum by (task, outcome) (rate(pitboss_tasks_total{@}[$__rate_interval]))`, "{{task}} {{outcome}}"}},
				},
				{
					title: "Task duration", description: "How long tasks ran; 95 of 100 no longer.", unit: units.Seconds,
					queries: []query{quantile(0.95, "pitboss_task_duration_seconds", "{{task}}", "task")},
				},
				{
					title: "Tasks not completed", description: "Share of tasks that failed or missed their deadline. A late bot plays the simplest move.",
					unit: units.PercentUnit, steps: limits(0.01, 0.05), wide: columns,
					queries: []query{{
						`sum by (task, outcome) (rate(pitboss_tasks_total{@,outcome!="completed"}[$__rate_interval]))` +
							` / on (task) group_left () sum by (task) (rate(pitboss_tasks_total{@}[$__rate_interval]))`,
						"{{task}} {{outcome}}",
					}},
				},
			}},
			{"Event stream", []panel{
				{
					title: "Events", description: "What happened, by type, per second.", unit: units.CountsPerSecond, kind: stacked,
					queries: []query{{`sum by (type) (rate(pitboss_events_total{@}[$__rate_interval]))`, "{{type}}"}},
				},
				{
					title: "Followers", description: "Those who follow the event stream.", unit: units.Short,
					queries: []query{{`sum by (instance) (pitboss_event_stream_subscribers{@})`, "{{instance}}"}},
				},
				{
					title: "Events missed", description: "Events that followers did not take in time, per second; each follower was told how many.",
					unit: units.CountsPerSecond, wide: columns,
					queries: []query{{`sum by (instance) (rate(pitboss_event_stream_missed_total{@}[$__rate_interval]))`, "{{instance}}"}},
				},
			}},
		},
	}
}
