package grafana

import "github.com/grafana/grafana-foundation-sdk/go/units"

// performance is for whoever asks whether it is slow, and what makes it so.
func performance() board {
	return board{
		uid:         "pitboss-performance",
		title:       "Performance",
		description: "How fast are actions and broadcasts, what fails, and what does the process use? Points on the curves open their traces.",
		rows: []row{
			{"Actions", []panel{
				{
					title: "Action duration", description: "From an action's receipt until its last event was out.", unit: units.Seconds,
					steps: limits(0.05, 0.25), queries: quantiles("pitboss_action_duration_seconds", ""),
				},
				{
					kind: heat, title: "Action duration, spread", description: "All actions by how long they took.", unit: units.Seconds,
					queries: spread("pitboss_action_duration_seconds"),
				},
				{
					title: "Action duration by action", description: "95 of 100 took no longer.", unit: units.Seconds,
					queries: []query{quantile(0.95, "pitboss_action_duration_seconds", "{{action}}", "action")},
				},
				{
					title: "Action duration by build", description: "The 99th percentile of each version that runs, to see whether the new one is slower.", unit: units.Seconds,
					queries: []query{{
						`histogram_quantile(0.99, sum by (version, le) (rate(pitboss_action_duration_seconds_bucket{@}[$__rate_interval])` +
							` * on (job, instance) group_left (version) pitboss_build_info{@}))`,
						"{{version}} p99",
					}},
				},
			}},
			{"Error budget", []panel{
				{
					title: "Budget burn", unit: units.Short, steps: limits(6, 14.4),
					description: "How many times faster than allowed messages fail, worst queue. Pages come where both of a pair are above their line: 14.4 for 1 h and 5 min, 6 for 6 h and 30 min.",
					queries: []query{
						{`max by (queue) (job_queue:pitboss_handler_error_budget_burn:rate5m{job=~"$job"})`, "{{queue}} 5 min"},
						{`max by (queue) (job_queue:pitboss_handler_error_budget_burn:rate30m{job=~"$job"})`, "{{queue}} 30 min"},
						{`max by (queue) (job_queue:pitboss_handler_error_budget_burn:rate1h{job=~"$job"})`, "{{queue}} 1 h"},
						{`max by (queue) (job_queue:pitboss_handler_error_budget_burn:rate6h{job=~"$job"})`, "{{queue}} 6 h"},
					},
				},
				{
					title: "Messages that failed", description: "Share of handled messages that ended with an error, by queue.", unit: units.PercentUnit,
					queries: []query{{
						`sum by (queue) (rate(pitboss_handler_duration_seconds_count{@,result="error"}[$__rate_interval]))` +
							` / sum by (queue) (rate(pitboss_handler_duration_seconds_count{@}[$__rate_interval]))`,
						"{{queue}}",
					}},
				},
			}},
			{"To the players", []panel{
				{
					title: "Broadcast duration", description: "From an event until it was written to every recipient.", unit: units.Seconds,
					steps: limits(0.05, 0.25), queries: quantiles("pitboss_broadcast_duration_seconds", ""),
				},
				{
					title: "Broadcasts", description: "Recipients that events were written to, and those that could not take them, per second.",
					unit: units.CountsPerSecond,
					queries: []query{
						{`sum(rate(pitboss_broadcast_recipients_total{@}[$__rate_interval]))`, "recipients"},
						{`sum(rate(pitboss_broadcast_failures_total{@}[$__rate_interval]))`, "failures"},
					},
				},
				{
					title: "Frames", description: "WebSocket frames read (in) and written (out), per second.", unit: units.CountsPerSecond,
					queries: []query{{`sum by (direction) (rate(pitboss_websocket_messages_total{@}[$__rate_interval]))`, "{{direction}}"}},
				},
				{
					title: "Bytes", description: "Bytes in WebSocket frames.", unit: units.BytesPerSecondSI,
					queries: []query{{`sum by (direction) (rate(pitboss_websocket_bytes_total{@}[$__rate_interval]))`, "{{direction}}"}},
				},
				{
					title: "Connections opened and closed", description: "Per second. Many of both at a steady number of connections: clients that cannot stay.",
					unit: units.CountsPerSecond,
					queries: []query{
						{`sum(rate(pitboss_websocket_connections_opened_total{@}[$__rate_interval]))`, "opened"},
						{`sum by (reason) (rate(pitboss_websocket_connections_closed_total{@}[$__rate_interval]))`, "closed: {{reason}}"},
					},
				},
			}},
			{"Process", []panel{
				{
					title: "Memory", description: "What the system has given, and what of it Go's heap uses.", unit: units.BytesIEC,
					queries: []query{
						{`sum by (instance) (process_resident_memory_bytes{@})`, "{{instance}} resident"},
						{`sum by (instance) (go_memstats_heap_inuse_bytes{@})`, "{{instance}} heap"},
					},
				},
				{
					title: "Memory growth per hour", description: "The slope of resident memory over the last while. A leak stays above zero for hours.",
					unit: units.BytesIEC, signed: true,
					queries: []query{{`sum by (instance) (pitboss_process_memory_growth_bytes_per_hour{@})`, "{{instance}}"}},
				},
				{
					title: "CPU", description: "What the process uses of the processors that it may use.", unit: units.PercentUnit, most: 1,
					steps:   limits(0.7, 0.9),
					queries: []query{{`max by (instance) (pitboss_process_cpu_utilization_ratio{@})`, "{{instance}}"}},
				},
				{
					title: "System load", description: "Load averages of the machine: what runs and what waits to run.", unit: units.Short,
					queries: []query{{`avg by (instance, window) (pitboss_system_load_average{@})`, "{{instance}} {{window}}"}},
				},
				{
					title: "Goroutines and threads", description: "Goroutines rise with connections and rooms, and must fall with them.", unit: units.Short,
					queries: []query{
						{`sum by (instance) (go_goroutines{@})`, "{{instance}} goroutines"},
						{`sum by (instance) (go_threads{@})`, "{{instance}} threads"},
					},
				},
				{
					title: "Garbage collection pauses", description: "The longest of late, and the share of time spent in pauses.", unit: units.Seconds,
					queries: []query{
						{`max by (instance) (go_gc_duration_seconds{@,quantile=~"1|1.0"})`, "{{instance}} longest"},
						{`sum by (instance) (rate(go_gc_duration_seconds_sum{@}[$__rate_interval]))`, "{{instance}} per second"},
					},
				},
				{
					title: "Scheduler latency", description: "How long goroutines that could run waited for a processor. Above a millisecond the machine is full.",
					unit: units.Seconds, steps: limits(0.001, 0.01),
					queries: []query{
						quantile(0.5, "go_sched_latencies_seconds", "{{instance}}", "instance"),
						quantile(0.99, "go_sched_latencies_seconds", "{{instance}}", "instance"),
					},
				},
				{
					title: "File descriptors", description: "Open ones, and how many there may be. Each connection takes one.", unit: units.Short,
					queries: []query{
						{`sum by (instance) (process_open_fds{@})`, "{{instance}} open"},
						{`sum by (instance) (process_max_fds{@})`, "{{instance}} limit"},
					},
				},
			}},
		},
	}
}
