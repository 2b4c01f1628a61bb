package grafana

import "fmt"

// errorBudget is the share of messages that may fail: 99.9 % are handled without
// an error.
const errorBudget = 0.001

// burnWindows are those of the burn alerts.
var burnWindows = []string{"5m", "30m", "1h", "6h"}

// recordings are what alerts and dashboards would otherwise compute again and
// again. Names follow Prometheus' level:metric:operations.
func recordings() []group {
	budget := group{Name: "pitboss-error-budget"}
	for _, w := range burnWindows {
		budget.Rules = append(budget.Rules,
			rule{
				Record: "job_queue:pitboss_handled:rate" + w,
				Expr:   fmt.Sprintf("sum by (job, queue) (rate(pitboss_handler_duration_seconds_count[%s]))", w),
			},
			// Rules of a group run in turn: this one sees what the one above wrote.
			rule{
				Record: "job_queue:pitboss_handler_error_budget_burn:rate" + w,
				Expr: fmt.Sprintf(`sum by (job, queue) (rate(pitboss_handler_duration_seconds_count{result="error"}[%s]))`+
					` / job_queue:pitboss_handled:rate%s / %g`, w, w, errorBudget),
			})
	}
	latency := group{Name: "pitboss-latency", Rules: []rule{
		{
			Record: "job:pitboss_action_duration_seconds:p99_5m",
			Expr:   "histogram_quantile(0.99, sum by (job, le) (rate(pitboss_action_duration_seconds_bucket[5m])))",
		},
		{
			Record: "job:pitboss_actions:rate5m",
			Expr:   "sum by (job) (rate(pitboss_action_duration_seconds_count[5m]))",
		},
		{
			Record: "job_queue:pitboss_queue_wait_seconds:p99_5m",
			Expr:   "histogram_quantile(0.99, sum by (job, queue, le) (rate(pitboss_queue_wait_seconds_bucket[5m])))",
		},
	}}
	return []group{budget, latency}
}
