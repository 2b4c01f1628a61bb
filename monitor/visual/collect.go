package visual

import "github.com/prometheus/client_golang/prometheus"

var (
	roomsByHealth = prometheus.NewDesc("pitboss_rooms",
		"Open rooms by how they are.", []string{"health"}, nil)
	roomsStuck = prometheus.NewDesc("pitboss_rooms_stuck",
		"Open rooms that nobody moves on, by why.", []string{"reason"}, nil)
)

var _ prometheus.Collector = (*Visual)(nil)

// Describe implements [prometheus.Collector].
func (v *Visual) Describe(to chan<- *prometheus.Desc) {
	to <- roomsByHealth
	to <- roomsStuck
}

// Collect implements [prometheus.Collector]: it judges every room.
func (v *Visual) Collect(to chan<- prometheus.Metric) {
	summary := v.Rooms(RoomFilter{Limit: 1}).Summary
	for _, h := range Healths() {
		to <- prometheus.MustNewConstMetric(roomsByHealth, prometheus.GaugeValue, float64(summary.Health[h]), string(h))
	}
	for _, r := range Reasons() {
		to <- prometheus.MustNewConstMetric(roomsStuck, prometheus.GaugeValue, float64(summary.Stuck[r]), string(r))
	}
}
