package sysstats

import "time"

// Snapshot is what one look found. What covers a time covers that since the
// look before.
type Snapshot struct {
	Time time.Time `json:"time"`

	// ResidentBytes is the process's memory in RAM, VirtualBytes its address
	// space.
	ResidentBytes uint64 `json:"resident_bytes"`
	VirtualBytes  uint64 `json:"virtual_bytes"`
	// MemoryGrowthBytesPerHour is how fast ResidentBytes grew over the last
	// MemoryGrowthWindowSeconds; zero until those are enough to tell.
	MemoryGrowthBytesPerHour  float64 `json:"memory_growth_bytes_per_hour"`
	MemoryGrowthWindowSeconds float64 `json:"memory_growth_window_seconds"`

	// CPUSeconds is all that the process used since it began; CPUUtilization is
	// what it used of its Processors, 0 to 1.
	CPUSeconds     float64 `json:"cpu_seconds"`
	CPUUtilization float64 `json:"cpu_utilization"`
	// Processors is how many Go may use at a time.
	Processors  int         `json:"processors"`
	LoadAverage LoadAverage `json:"load_average"`

	OpenFiles int `json:"open_files"`
	// MaxFiles is the limit of OpenFiles; zero for none.
	MaxFiles   uint64 `json:"max_files"`
	Threads    int    `json:"threads"`
	Goroutines int    `json:"goroutines"`

	// SchedulerLatency is how long goroutines that could run waited for a
	// thread, GCPause how long the world stood still for the collector.
	SchedulerLatency Quantiles `json:"scheduler_latency"`
	GCPause          Quantiles `json:"gc_pause"`
	GCCycles         uint64    `json:"gc_cycles"`

	Heap Heap `json:"heap"`
}

// LoadAverage is how many of the machine's threads ran or waited for a
// processor, averaged over 1, 5 and 15 minutes.
type LoadAverage struct {
	One     float64 `json:"1m"`
	Five    float64 `json:"5m"`
	Fifteen float64 `json:"15m"`
}

// Quantiles tell how a time is distributed: the bounds of the histogram
// buckets that hold the quantiles, so they never say too little. Count is how
// many times there were.
type Quantiles struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50_seconds"`
	P99   float64 `json:"p99_seconds"`
	Max   float64 `json:"max_seconds"`
}

// Heap is what the garbage collector looks after, in bytes.
type Heap struct {
	// Objects is the memory of objects in use or not yet swept.
	Objects uint64 `json:"objects_bytes"`
	// Live is what the last collection left.
	Live uint64 `json:"live_bytes"`
	// Goal is where the next collection ends.
	Goal uint64 `json:"goal_bytes"`
	// Released is what went back to the system, Total all that the runtime has
	// mapped.
	Released uint64 `json:"released_bytes"`
	Total    uint64 `json:"total_bytes"`
}
