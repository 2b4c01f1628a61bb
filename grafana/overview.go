package grafana

import "github.com/grafana/grafana-foundation-sdk/go/units"

// overview is for whoever asks whether all is well, and how much is played.
func overview() board {
	return board{
		uid:         "pitboss-overview",
		title:       "Game Overview",
		description: "Is all well, how much is played, and how does it go for the players?",
		rows: []row{
			{"Now", []panel{
				{
					kind: number, title: "Games", description: "Games being played.", unit: units.Short,
					queries: []query{{`sum(pitboss_games_active{@})`, "games"}},
				},
				{
					kind: number, title: "Games per hour", description: "Games played to the end within the last hour.", unit: units.Short,
					queries: []query{{`sum(pitboss_games_per_hour{@})`, "games"}},
				},
				{
					kind: number, title: "Connections", description: "Players connected over WebSocket.", unit: units.Short,
					queries: []query{{`sum(pitboss_websocket_connections{@})`, "connections"}},
				},
				{
					kind: number, title: "Played to the end", unit: units.PercentUnit,
					description: "Share of the games over in the chosen time that were completed, not abandoned.",
					queries: []query{{
						`sum(increase(pitboss_games_completed_total{@}[$__range]))` +
							` / (sum(increase(pitboss_games_completed_total{@}[$__range])) + sum(increase(pitboss_games_abandoned_total{@}[$__range])))`,
						"completed",
					}},
				},
				{
					kind: number, title: "Rooms stuck", description: "Rooms that nobody moves on; State Machine has the reasons.",
					unit: units.Short, steps: []step{{1, "red"}},
					queries: []query{{`sum(pitboss_rooms_stuck{@})`, "rooms"}},
				},
				{
					kind: number, title: "Action p95", description: "95 of 100 actions were handled, told to all and done within this time.",
					unit: units.Seconds, steps: limits(0.05, 0.25),
					queries: []query{quantile(0.95, "pitboss_action_duration_seconds", "")},
				},
				{
					kind: number, title: "Error budget burn, 1 h", unit: units.Short, steps: limits(1, 6),
					description: "How many times faster than allowed messages fail; at 1 the budget lasts exactly its 30 days. The worst queue.",
					queries:     []query{{`max(job_queue:pitboss_handler_error_budget_burn:rate1h{job=~"$job"})`, "burn"}},
				},
				{
					kind: number, title: "Dead letters", description: "Messages given up on and not disposed of.",
					unit: units.Short, steps: limits(1, 100),
					queries: []query{{`sum(pitboss_dead_letters{@}) or vector(0)`, "dead letters"}},
				},
			}},
			{"Games", []panel{
				{
					title: "Games being played", description: "By the rules that they follow.", unit: units.Short, kind: stacked,
					queries: []query{{`sum by (game) (pitboss_games_active{@})`, "{{game}}"}},
				},
				{
					title: "Games started and over", description: "Per second. A gap between started and over grows the number of games; abandoned ones were left by everybody.",
					unit: units.CountsPerSecond,
					queries: []query{
						{`sum(rate(pitboss_games_started_total{@}[$__rate_interval]))`, "started"},
						{`sum(rate(pitboss_games_completed_total{@}[$__rate_interval]))`, "completed"},
						{`sum(rate(pitboss_games_abandoned_total{@}[$__rate_interval]))`, "abandoned"},
					},
				},
				{
					title: "How long games last", description: "From start to end, by how they ended.", unit: units.Seconds,
					queries: []query{
						quantile(0.5, "pitboss_game_duration_seconds", "{{outcome}}", "outcome"),
						quantile(0.95, "pitboss_game_duration_seconds", "{{outcome}}", "outcome"),
					},
				},
				{
					kind: heat, title: "How long games last, spread", description: "Games that ended, by their length.", unit: units.Seconds,
					queries: spread("pitboss_game_duration_seconds"),
				},
			}},
			{"Players", []panel{
				{
					title: "Actions", description: "What players and bots do, per second.", unit: units.CountsPerSecond, kind: stacked,
					queries: []query{{
						`sum by (action, player_type) (rate(pitboss_player_actions_total{@,result="accepted"}[$__rate_interval]))`,
						"{{action}} ({{player_type}})",
					}},
				},
				{
					title: "Actions rejected", description: "Share of actions that the rules refused. Bots should have none; people click too late or twice.",
					unit: units.PercentUnit, steps: limits(0.1, 0.3),
					queries: []query{{
						`sum by (player_type) (rate(pitboss_player_actions_total{@,result="rejected"}[$__rate_interval]))` +
							` / sum by (player_type) (rate(pitboss_player_actions_total{@}[$__rate_interval]))`,
						"{{player_type}}",
					}},
				},
				{
					title: "Time to answer", description: "From a turn's offer to the action that answers it.", unit: units.Seconds,
					queries: []query{
						quantile(0.5, "pitboss_player_response_seconds", "{{player_type}}", "player_type"),
						quantile(0.95, "pitboss_player_response_seconds", "{{player_type}}", "player_type"),
					},
				},
				{
					title: "Win rate", description: "Share of seats in completed games that won: since the server began, and within the last hour. Bots that win far more or less than people are set wrongly.",
					unit: units.PercentUnit, most: 1,
					queries: []query{
						{`avg by (player_type) (pitboss_player_win_rate{@})`, "{{player_type}}"},
						{
							`sum by (player_type) (increase(pitboss_player_wins_total{@}[1h]))` +
								` / sum by (player_type) (increase(pitboss_player_games_total{@}[1h]))`,
							"{{player_type}}, last hour",
						},
					},
				},
				{
					title: "Connections lost and back", description: "Players whose connection was lost in the middle of a game, and those who came back, per second.",
					unit: units.CountsPerSecond,
					queries: []query{
						{`sum(rate(pitboss_player_disconnects_total{@}[$__rate_interval]))`, "lost"},
						{`sum(rate(pitboss_player_reconnects_total{@}[$__rate_interval]))`, "back"},
					},
				},
				{
					title: "Connections", description: "Players connected over WebSocket.", unit: units.Short, kind: stacked,
					queries: []query{{`sum by (instance) (pitboss_websocket_connections{@})`, "{{instance}}"}},
				},
			}},
		},
	}
}
