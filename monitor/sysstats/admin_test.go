package sysstats_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/pitboss-dev/pitboss/monitor/sysstats"
)

// garbage is reachable until the test drops it.
var garbage []byte

func TestCollectGarbage(t *testing.T) {
	garbage = make([]byte, 64<<20)
	runtime.KeepAlive(garbage)
	garbage = nil
	w := httptest.NewRecorder()
	sysstats.CollectGarbage().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/system/gc", http.NoBody))
	var c sysstats.Collection
	if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	if c.Seconds <= 0 || c.Before < c.After+(60<<20) {
		t.Errorf("64 MiB of garbage were not collected: %+v", c)
	}
}

// A request that was given up on while another collects sets off no collection.
func TestCollectGarbageForNobody(t *testing.T) {
	collectors := make([]chan struct{}, 4)
	h := sysstats.CollectGarbage()
	ctx, cancel := context.WithCancel(t.Context())
	for i := range collectors {
		collectors[i] = make(chan struct{})
		go func() {
			defer close(collectors[i])
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/gc", http.NoBody))
		}()
	}
	cancel()
	for _, ended := range collectors {
		<-ended
	}
	w := httptest.NewRecorder() // the turn is free again
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/gc", http.NoBody))
	if w.Code != http.StatusOK || w.Body.Len() == 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestHeapProfile(t *testing.T) {
	for _, query := range []string{"", "?gc=1"} {
		w := httptest.NewRecorder()
		sysstats.HeapProfile().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/heap"+query, http.NoBody))
		// pprof's format is gzip.
		if body := w.Body.Bytes(); w.Code != http.StatusOK || len(body) < 2 || body[0] != 0x1f || body[1] != 0x8b {
			t.Errorf("%q: %d, not a profile", query, w.Code)
		}
	}
}
