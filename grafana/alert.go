package grafana

import (
	"fmt"
	"time"
)

// Severities: a page wakes somebody, because players notice now; a ticket waits
// until morning.
const (
	page   = "page"
	ticket = "ticket"
)

// alert is one alert, which links to its entry in the runbooks.
type alert struct {
	name        string
	severity    string
	expr        string
	after       time.Duration // how long it must last
	summary     string
	description string
}

// alerts are Prometheus' groups of alerts.
func (c *Config) alerts() []group {
	var groups []group
	for _, g := range []struct {
		name   string
		alerts []alert
	}{
		{"pitboss-errors", errorAlerts()},
		{"pitboss-games", gameAlerts()},
		{"pitboss-messaging", messagingAlerts()},
		{"pitboss-process", c.processAlerts()},
	} {
		rules := group{Name: g.name}
		for _, a := range g.alerts {
			rules.Rules = append(rules.Rules, rule{
				Alert:  a.name,
				Expr:   a.expr,
				For:    span(a.after),
				Labels: map[string]string{"severity": a.severity},
				Annotations: map[string]string{
					"summary":     a.summary,
					"description": a.description,
					"runbook_url": c.Runbooks + "#" + anchor(a.name),
				},
			})
		}
		groups = append(groups, rules)
	}
	return groups
}

// burn is the condition that the budget goes faster than factor in both windows:
// the long one says that it matters, the short one that it still goes on. Below
// one message in ten seconds a single fault would be a storm, so there is none.
// (The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate
// Alerts".)
func burn(factor float64, long, short string) string {
	return fmt.Sprintf(`job_queue:pitboss_handler_error_budget_burn:rate%s > %g
and job_queue:pitboss_handler_error_budget_burn:rate%s > %g
and job_queue:pitboss_handled:rate%s > 0.1`, long, factor, short, factor, long)
}

func errorAlerts() []alert {
	return []alert{
		{
			name: "PitbossErrorBudgetBurnsFast", severity: page, expr: burn(14.4, "1h", "5m"),
			summary: "Queue {{ $labels.queue }} of {{ $labels.job }} fails too often: its month's error budget is gone in two days",
			description: "Messages fail {{ $value | humanize }} times faster than the budget of 0.1 % allows, " +
				"over the last hour and over the last 5 minutes.",
		},
		{
			name: "PitbossErrorBudgetBurns", severity: page, expr: burn(6, "6h", "30m"),
			summary: "Queue {{ $labels.queue }} of {{ $labels.job }} keeps failing: its month's error budget is gone in five days",
			description: "Messages fail {{ $value | humanize }} times faster than the budget of 0.1 % allows, " +
				"over the last 6 hours and over the last 30 minutes.",
		},
	}
}

func gameAlerts() []alert {
	return []alert{
		{
			name: "PitbossRoomsStuck", severity: page, after: time.Minute,
			expr:        `sum by (job, instance, reason) (pitboss_rooms_stuck) > 0`,
			summary:     "Rooms on {{ $labels.instance }} are stuck: {{ $labels.reason }}",
			description: "{{ $value }} rooms wait for something that will not come, and their players with them.",
		},
		{
			name: "PitbossGamesStandStill", severity: page, after: 2 * time.Minute,
			// A seat has half a minute; there is no server all of whose games wait
			// for it for ten minutes on end. One that has seen no action at all, after
			// a restart that nobody got over, has no series of them: zero then.
			expr: `sum by (job, instance) (pitboss_games_active) > 0
and (sum by (job, instance) (rate(pitboss_player_actions_total[10m])) or 0 * sum by (job, instance) (pitboss_games_active)) == 0
and on (job, instance) time() - process_start_time_seconds > 600`,
			summary:     "No game on {{ $labels.instance }} moves on",
			description: "{{ $value }} games are being played, and for 10 minutes nobody, not even a bot, has made a move.",
		},
		{
			name: "PitbossFaultsInGames", severity: ticket,
			expr:        `sum by (job, state, error) (increase(pitboss_state_errors_total[10m])) > 5`,
			summary:     "Games of {{ $labels.job }} fail in state {{ $labels.state }}",
			description: `{{ printf "%.0f" $value }} faults of kind {{ $labels.error }} within 10 minutes.`,
		},
		{
			name: "PitbossActionsSlow", severity: page, after: 5 * time.Minute,
			expr: `job:pitboss_action_duration_seconds:p99_5m > 0.25
and job:pitboss_actions:rate5m > 0.1`,
			summary:     "Players of {{ $labels.job }} wait for the server",
			description: "One action in a hundred takes longer than {{ $value | humanizeDuration }}; 250 ms are noticed.",
		},
		{
			name: "PitbossConnectionsDrop", severity: page, after: time.Minute,
			expr: `sum by (job) (increase(pitboss_player_disconnects_total[5m]))
  > 0.2 * sum by (job) (max_over_time(pitboss_websocket_connections[10m]))
and sum by (job) (increase(pitboss_player_disconnects_total[5m])) > 5`,
			summary:     "Players of {{ $labels.job }} lose their connections",
			description: `{{ printf "%.0f" $value }} players lost their connection within 5 minutes, more than a fifth of all.`,
		},
	}
}

func messagingAlerts() []alert {
	return []alert{
		{
			name: "PitbossQueueOld", severity: page, after: 2 * time.Minute,
			expr:        `max by (job, instance, queue) (pitboss_queue_oldest_message_age_seconds) > 30`,
			summary:     "Queue {{ $labels.queue }} of {{ $labels.instance }} is not worked off",
			description: "Its oldest message has waited for {{ $value | humanizeDuration }}.",
		},
		{
			name: "PitbossDeadLettersGrow", severity: ticket,
			// A reason's series begins with its first dead letter, which increase
			// does not see: the second half does.
			expr: `sum by (job, queue, reason) (
  increase(pitboss_dead_letters_total[15m]) > 0
  or (pitboss_dead_letters_total unless pitboss_dead_letters_total offset 15m) > 0
)`,
			summary:     "{{ $labels.job }} gives up on messages of queue {{ $labels.queue }}",
			description: `{{ printf "%.0f" $value }} dead letters within 15 minutes, because of {{ $labels.reason }}.`,
		},
		{
			name: "PitbossTasksLate", severity: ticket, after: 5 * time.Minute,
			expr: `sum by (job, task) (rate(pitboss_tasks_total{outcome="late"}[10m]))
  / sum by (job, task) (rate(pitboss_tasks_total[10m])) > 0.05
and sum by (job, task) (rate(pitboss_tasks_total[10m])) > 0.05`,
			summary:     "Tasks {{ $labels.task }} of {{ $labels.job }} miss their deadline",
			description: "{{ $value | humanizePercentage }} of them were late in the last 10 minutes. A bot that is late plays the simplest move.",
		},
	}
}

func (c *Config) processAlerts() []alert {
	return []alert{
		{
			name: "PitbossMemoryGrows", severity: ticket, after: time.Hour,
			expr: `pitboss_process_memory_growth_bytes_per_hour > 0.1 * process_resident_memory_bytes
and pitboss_process_memory_growth_bytes_per_hour > 64 * 1024 * 1024`,
			summary:     "Memory of {{ $labels.instance }} keeps growing",
			description: "It grows by {{ $value | humanize1024 }}B an hour, which is more than a tenth of what it has.",
		},
		{
			name: "PitbossScrapeMissing", severity: page, after: 2 * time.Minute,
			expr:        fmt.Sprintf(`up{job=%q} == 0 or absent(up{job=%q})`, c.Job, c.Job),
			summary:     "{{ $labels.job }}{{ with $labels.instance }} on {{ . }}{{ end }} cannot be seen",
			description: "Prometheus gets no metrics: the server is down, does not answer in time, or is not looked for. No other alert can be trusted.",
		},
	}
}
