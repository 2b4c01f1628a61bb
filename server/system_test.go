package server_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/pitboss-dev/pitboss/server"
)

// Garbage is collected for the administrator only, and what the process uses is
// in the status.
func TestSystem(t *testing.T) {
	t.Parallel()
	var collected atomic.Int32
	h := open(t, func(c *server.Config) {
		c.AdminToken = "secret"
		c.System = func() any { return map[string]int{"goroutines": 7} }
		c.Collect = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			collected.Add(1)
			w.WriteHeader(http.StatusOK)
		})
	})
	const path = "/api/v1/system/gc"
	for _, c := range []struct {
		method, token, site string
		status              int
		collected           int32
	}{
		{http.MethodPost, "", "", http.StatusUnauthorized, 0},
		{http.MethodPost, "Bearer wrong", "", http.StatusUnauthorized, 0},
		{http.MethodGet, "Bearer secret", "", http.StatusMethodNotAllowed, 0},
		{http.MethodPost, "Bearer secret", "cross-site", http.StatusForbidden, 0},
		{http.MethodPost, "Bearer secret", "", http.StatusOK, 1},
	} {
		response, _ := h.request(c.method, path, "", "Authorization", c.token, "Sec-Fetch-Site", c.site)
		if response.StatusCode != c.status || collected.Load() != c.collected {
			t.Errorf("%+v: %d, collected %d times", c, response.StatusCode, collected.Load())
		}
	}
	_, status := h.request(http.MethodGet, "/api/v1/status", "")
	if system, _ := status["system"].(map[string]any); system["goroutines"] != 7.0 {
		t.Errorf("status %v", status)
	}
	without := open(t)
	if response, _ := without.request(http.MethodPost, path, ""); response.StatusCode != http.StatusNotFound {
		t.Errorf("without a collection: %d", response.StatusCode)
	}
}
