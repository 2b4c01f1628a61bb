package sysstats

import "github.com/prometheus/client_golang/prometheus"

var (
	memoryGrowth = prometheus.NewDesc("pitboss_process_memory_growth_bytes_per_hour",
		"How fast the process's resident memory grows: the slope of a least squares line over the window; zero until there is enough of it.",
		nil, nil)
	cpuUtilization = prometheus.NewDesc("pitboss_process_cpu_utilization_ratio",
		"What the process used of the processors that Go may use, 0 to 1.", nil, nil)
	loadAverage = prometheus.NewDesc("pitboss_system_load_average",
		"The machine's threads that ran or waited for a processor, averaged over a window.", []string{"window"}, nil)
)

var _ prometheus.Collector = (*Sampler)(nil)

// Describe implements [prometheus.Collector].
func (s *Sampler) Describe(to chan<- *prometheus.Desc) {
	to <- memoryGrowth
	to <- cpuUtilization
	to <- loadAverage
}

// Collect implements [prometheus.Collector] with what the last look found.
func (s *Sampler) Collect(to chan<- prometheus.Metric) {
	now := s.Snapshot()
	to <- prometheus.MustNewConstMetric(memoryGrowth, prometheus.GaugeValue, now.MemoryGrowthBytesPerHour)
	to <- prometheus.MustNewConstMetric(cpuUtilization, prometheus.GaugeValue, now.CPUUtilization)
	for _, l := range []struct {
		window string
		value  float64
	}{{"1m", now.LoadAverage.One}, {"5m", now.LoadAverage.Five}, {"15m", now.LoadAverage.Fifteen}} {
		to <- prometheus.MustNewConstMetric(loadAverage, prometheus.GaugeValue, l.value, l.window)
	}
}
