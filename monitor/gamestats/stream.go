package gamestats

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss/monitor/stream"
)

var (
	streamSubscribers = prometheus.NewDesc("pitboss_event_stream_subscribers",
		"Those who follow the event stream now.", nil, nil)
	streamMissed = prometheus.NewDesc("pitboss_event_stream_missed_total",
		"Events that went by before a subscriber who had fallen behind read them, of all subscribers.", nil, nil)
	streamEvents = prometheus.NewDesc("pitboss_events_total",
		"Events published, by type; those that the stream does not know count as other.", []string{"type"}, nil)
)

// Stream returns a collector that reads an event stream's figures, as
// [stream.Stream.Stats] tells them, whenever the metrics are read.
func Stream(stats func() stream.Stats) prometheus.Collector { return streamCollector{stats} }

type streamCollector struct{ stats func() stream.Stats }

func (c streamCollector) Describe(to chan<- *prometheus.Desc) {
	to <- streamSubscribers
	to <- streamMissed
	to <- streamEvents
}

func (c streamCollector) Collect(to chan<- prometheus.Metric) {
	stats := c.stats()
	to <- prometheus.MustNewConstMetric(streamSubscribers, prometheus.GaugeValue, float64(stats.Subscribers))
	to <- prometheus.MustNewConstMetric(streamMissed, prometheus.CounterValue, float64(stats.Missed))
	for _, p := range stats.Published {
		to <- prometheus.MustNewConstMetric(streamEvents, prometheus.CounterValue, float64(p.Count), string(p.Type))
	}
}
