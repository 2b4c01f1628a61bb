package main

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spanCounter is a collector of traces that counts spans by name, and the
// traces that a span of each name is part of.
type spanCounter struct {
	mu     sync.Mutex
	spans  map[string]int
	traces map[string]map[string]bool
	names  map[string]bool // of services
}

func (c *spanCounter) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &request) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.GetResourceSpans() {
		for _, a := range resource.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				c.names[a.GetValue().GetStringValue()] = true
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans[s.GetName()]++
				if c.traces[s.GetName()] == nil {
					c.traces[s.GetName()] = make(map[string]bool)
				}
				c.traces[s.GetName()][hex.EncodeToString(s.GetTraceId())] = true
			}
		}
	}
}

// With OpenTelemetry's variable set, a run's spans are at the collector when
// the program has ended, the last ones too.
func TestServeExportsTraces(t *testing.T) {
	c := &spanCounter{spans: make(map[string]int), traces: make(map[string]map[string]bool), names: make(map[string]bool)}
	web := httptest.NewServer(c)
	defer web.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", web.URL)
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "1000000")
	r := serveHere(t, "--tables", "1", "--pace", "0", "--games", "1", "--seed", "7", "--grace", "1m")
	if code := r.wait(t); code != exitOK {
		t.Fatalf("exit %d; %s", code, r.log)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range []string{
		"process commands", "decide", "append to journal", "observe liaptui.Bots", "send tasks", "process tasks", "send commands",
	} {
		if c.spans[name] < 20 {
			t.Errorf("%d spans %q of a whole game", c.spans[name], name)
		}
	}
	if !c.names["pitboss"] || len(c.traces["process commands"]) < 2 {
		t.Errorf("services %v, %d traces: a game of bots is one trace without an end", c.names, len(c.traces["process commands"]))
	}
}

func TestServeRefusesABadProtocol(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke")
	var log synced
	code := run(t.Context(), []string{"serve", "--store", "memory", "--listen", "127.0.0.1:0"}, io.Discard, &log)
	if line := strings.TrimSpace(log.String()); code != exitUsage || strings.Contains(line, "\n") ||
		!strings.Contains(line, "OTEL_EXPORTER_OTLP_PROTOCOL") || !strings.Contains(line, "smoke") || !strings.Contains(line, "http/protobuf") {
		t.Errorf("exit %d, %s", code, line)
	}
}
