package gamestats

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss"
)

var (
	queueDepth = prometheus.NewDesc("pitboss_queue_depth",
		"Messages waiting for a consumer.", []string{"queue", "priority"}, nil)
	queueInFlight = prometheus.NewDesc("pitboss_queue_in_flight",
		"Messages handed out and not yet ended.", []string{"queue"}, nil)
	queueDelayed = prometheus.NewDesc("pitboss_queue_delayed",
		"Messages held back by a delay or a retry.", []string{"queue"}, nil)
	queueOldest = prometheus.NewDesc("pitboss_queue_oldest_message_age_seconds",
		"How long the oldest waiting message has been in the queue.", []string{"queue"}, nil)
	queueMessages = prometheus.NewDesc("pitboss_queue_messages_total",
		"Messages by what became of them.", []string{"queue", "outcome"}, nil)
)

func describeQueues(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueDepth, queueInFlight, queueDelayed, queueOldest, queueMessages} {
		to <- d
	}
}

func collectQueue(to chan<- prometheus.Metric, q queueSource) {
	stats := q.stats()
	for level, n := range stats.Ready {
		to <- prometheus.MustNewConstMetric(queueDepth, prometheus.GaugeValue, float64(n), q.name, pitboss.PriorityAt(level).String())
	}
	to <- prometheus.MustNewConstMetric(queueInFlight, prometheus.GaugeValue, float64(stats.InFlight), q.name)
	to <- prometheus.MustNewConstMetric(queueDelayed, prometheus.GaugeValue, float64(stats.Delayed), q.name)
	to <- prometheus.MustNewConstMetric(queueOldest, prometheus.GaugeValue, stats.Oldest.Seconds(), q.name)
	for _, c := range []struct {
		outcome string
		count   uint64
	}{
		{"enqueued", stats.Enqueued}, {"delivered", stats.Delivered}, {"acked", stats.Acked}, {"nacked", stats.Nacked},
		{"expired", stats.Expired}, {"dropped", stats.Dropped}, {"terminated", stats.Terminated},
	} {
		to <- prometheus.MustNewConstMetric(queueMessages, prometheus.CounterValue, float64(c.count), q.name, c.outcome)
	}
}
