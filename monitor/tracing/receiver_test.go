package tracing_test

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// patience is how long a test waits for what must come. A busy machine is slow.
const patience = 3 * time.Minute

// span is what arrived at a receiver, in text.
type span struct {
	name, trace, id, parent string
	service                 string
	kind                    otlp.Span_SpanKind
	failed                  bool
	attrs                   map[string]string
	links                   []string // trace ids
}

// receiver is a collector of traces, over HTTP or gRPC.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	endpoint string

	mu      sync.Mutex
	spans   []span
	changed chan struct{}
}

// receive starts a receiver and points the environment to it, or to a collector
// that passes on to it. The protocol is grpc or http/protobuf.
func receive(t *testing.T, protocol string) *receiver {
	t.Helper()
	r := &receiver{changed: make(chan struct{})}
	through := os.Getenv(collectorVariable) != ""
	if protocol == "grpc" && !through {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := grpc.NewServer()
		collector.RegisterTraceServiceServer(s, r)
		served := make(chan error, 1)
		go func() { served <- s.Serve(listener) }()
		t.Cleanup(func() {
			s.Stop()
			if err := <-served; err != nil {
				t.Errorf("receiver: %v", err)
			}
		})
		r.endpoint = "http://" + listener.Addr().String()
	} else {
		web := httptest.NewServer(http.HandlerFunc(r.post))
		t.Cleanup(web.Close)
		r.endpoint = web.URL
	}
	if through {
		r.endpoint = throughCollector(t, protocol, r.endpoint)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", r.endpoint)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
	return r
}

func (r *receiver) post(w http.ResponseWriter, request *http.Request) {
	var reader io.Reader = request.Body
	if request.Header.Get("Content-Encoding") == "gzip" { // as collectors send it
		unzipped, err := gzip.NewReader(reader)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		reader = unzipped
	}
	body, err := io.ReadAll(reader)
	var traces collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &traces)
	}
	if err != nil || request.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(request.URL.Path, err), http.StatusBadRequest)
		return
	}
	r.add(&traces)
	answer, _ := proto.Marshal(&collector.ExportTraceServiceResponse{})
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(answer)
}

// Export implements the gRPC service.
func (r *receiver) Export(_ context.Context, traces *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.add(traces)
	return &collector.ExportTraceServiceResponse{}, nil
}

func (r *receiver) add(traces *collector.ExportTraceServiceRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range traces.GetResourceSpans() {
		service := texts(resource.GetResource().GetAttributes())["service.name"]
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				got := span{
					name: s.GetName(), trace: hex.EncodeToString(s.GetTraceId()), id: hex.EncodeToString(s.GetSpanId()),
					parent: hex.EncodeToString(s.GetParentSpanId()), service: service, kind: s.GetKind(),
					failed: s.GetStatus().GetCode() == otlp.Status_STATUS_CODE_ERROR, attrs: texts(s.GetAttributes()),
				}
				for _, link := range s.GetLinks() {
					got.links = append(got.links, hex.EncodeToString(link.GetTraceId()))
				}
				r.spans = append(r.spans, got)
			}
		}
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

func texts(attrs []*common.KeyValue) map[string]string {
	m := make(map[string]string, len(attrs))
	for _, a := range attrs {
		switch v := a.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			m[a.GetKey()] = v.StringValue
		case *common.AnyValue_IntValue:
			m[a.GetKey()] = fmt.Sprint(v.IntValue)
		case *common.AnyValue_DoubleValue:
			m[a.GetKey()] = fmt.Sprint(v.DoubleValue)
		}
	}
	return m
}

func (r *receiver) seen() ([]span, chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans), r.changed
}

// until waits until the spans that arrived satisfy the test, and returns them.
func (r *receiver) until(t *testing.T, enough func([]span) bool) []span {
	t.Helper()
	deadline := time.After(patience)
	for {
		spans, changed := r.seen()
		if enough(spans) {
			return spans
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("the spans that should come did not; there are:\n%s", tree(spans))
		}
	}
}

// tree shows spans below their parents.
func tree(spans []span) string {
	var out strings.Builder
	var show func(parent, indent string)
	shown := make(map[string]bool)
	show = func(parent, indent string) {
		for _, s := range spans {
			if s.parent == parent && !shown[s.id] {
				shown[s.id] = true
				fmt.Fprintf(&out, "%s%s (%s, trace %.6s)\n", indent, s.name, s.service, s.trace)
				show(s.id, indent+"  ")
			}
		}
	}
	show("", "")
	for _, s := range spans { // whose parents have not come
		if !shown[s.id] {
			fmt.Fprintf(&out, "? ")
			show(s.parent, "")
		}
	}
	return out.String()
}

// path finds a chain of spans of one trace, each the parent of the next, by
// their names; the first's parent is given.
func path(spans []span, trace, parent string, names ...string) []span {
	for _, s := range spans {
		if s.trace != trace || s.parent != parent || s.name != names[0] {
			continue
		}
		if len(names) == 1 {
			return []span{s}
		}
		if rest := path(spans, trace, s.id, names[1:]...); rest != nil {
			return append([]span{s}, rest...)
		}
	}
	return nil
}
