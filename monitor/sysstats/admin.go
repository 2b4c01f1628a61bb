package sysstats

import (
	"encoding/json"
	"net/http"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"time"
)

// Collection is what a garbage collection on demand brought about.
type Collection struct {
	// Seconds is how long it took. The program was stopped for a small part of it
	// only.
	Seconds float64 `json:"seconds"`
	// Before and After are the heap's objects, in bytes.
	Before uint64 `json:"heap_before_bytes"`
	After  uint64 `json:"heap_after_bytes"`
}

// CollectGarbage returns a handler that collects garbage, returns free memory to
// the system, and answers with a [Collection]. One collection runs at a time; a
// request that is given up on while it waits for its turn sets off none. It slows
// the process down, so let administrators only reach it.
func CollectGarbage() http.Handler {
	turn := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case turn <- struct{}{}:
		case <-r.Context().Done():
			return // nobody waits for the answer
		}
		c := collect()
		<-turn
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
// format. With the parameter gc=1 it collects garbage first, so that the profile
// is up to date. It tells about the program's insides, so let administrators only
// reach it.
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
