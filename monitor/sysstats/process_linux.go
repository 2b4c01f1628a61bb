package sysstats

import (
	"math"
	"time"

	"github.com/prometheus/procfs"
)

func readProcess() (process, error) {
	p := process{at: time.Now()}
	self, err := procfs.Self()
	if err != nil {
		return p, procError("/proc/self", err)
	}
	stat, err := self.Stat()
	if err != nil {
		return p, procError("/proc/self/stat", err)
	}
	p.resident, p.virtual, p.cpu = uint64(stat.ResidentMemory()), uint64(stat.VirtualMemory()), stat.CPUTime()
	if p.files, err = self.FileDescriptorsLen(); err != nil {
		return p, procError("/proc/self/fd", err)
	}
	limits, err := self.Limits()
	if err != nil {
		return p, procError("/proc/self/limits", err)
	}
	if limits.OpenFiles != math.MaxUint64 {
		p.maxFiles = limits.OpenFiles
	}
	root, err := procfs.NewDefaultFS()
	if err != nil {
		return p, procError("/proc", err)
	}
	load, err := root.LoadAvg()
	if err != nil {
		return p, procError("/proc/loadavg", err)
	}
	p.load = LoadAverage{One: load.Load1, Five: load.Load5, Fifteen: load.Load15}
	return p, nil
}
