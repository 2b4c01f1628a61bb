package sysstats

import (
	"encoding/json"
	"net/http"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"sync"
	"time"
)

// Collection is what a garbage collection on demand brought about.
type Collection struct {
	// Seconds is how long it took; the world stood still for little of it.
	Seconds float64 `json:"seconds"`
	// Before and After are the heap's objects, in bytes.
	Before uint64 `json:"heap_before_bytes"`
	After  uint64 `json:"heap_after_bytes"`
}

// CollectGarbage returns a handler that collects garbage, gives what is free
// back to the system, and answers with a [Collection]. Collections do not run
// side by side: the next waits. It slows the process down, so put it behind a
// check of who asks.
func CollectGarbage() http.Handler {
	var one sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		one.Lock()
		c := collect()
		one.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(c) // the client has gone: nobody to tell
	})
}

func collect() Collection {
	heap := []metrics.Sample{{Name: heapObjects}}
	metrics.Read(heap)
	c := Collection{Before: heap[0].Value.Uint64()}
	start := time.Now()
	debug.FreeOSMemory()
	c.Seconds = time.Since(start).Seconds()
	metrics.Read(heap)
	c.After = heap[0].Value.Uint64()
	return c
}

// HeapProfile returns a handler that answers with a heap profile in pprof's
// format, up to date after a garbage collection of its own if the request says
// gc=1. It tells about the program's insides, so put it behind a check of who
// asks.
func HeapProfile() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("gc") == "1" {
			collect()
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="heap"`)
		w.Header().Set("Cache-Control", "no-store")
		_ = pprof.Lookup("heap").WriteTo(w, 0) // the client has gone: nobody to tell
	})
}
