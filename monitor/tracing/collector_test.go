package tracing_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// collectorVariable names the program of an OpenTelemetry Collector, as make
// builds it of tools/collector. Where it is set, spans go through a collector on
// their way to the receiver of the tests. Where it is not, they come
// straight: the tests ask the same of them.
const collectorVariable = "PITBOSS_TEST_COLLECTOR"

// throughCollector starts a collector that passes on to a receiver over HTTP, and
// returns its endpoint for a protocol.
func throughCollector(t *testing.T, protocol, receiver string) string {
	t.Helper()
	grpc, http := freeAddress(t), freeAddress(t)
	config := fmt.Sprintf(`
receivers:
  otlp:
    protocols:
      grpc: {endpoint: %q}
      http: {endpoint: %q}
exporters:
  otlp_http: {endpoint: %q}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_http]}
`, grpc, http, receiver)
	c := exec.CommandContext(t.Context(), os.Getenv(collectorVariable), "--config", "yaml:"+config)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = patience
	output, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ready, ended := make(chan bool, 1), make(chan struct{})
	var told strings.Builder
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			fmt.Fprintln(&told, lines.Text())
			if strings.Contains(lines.Text(), "Everything is ready") {
				ready <- true
			}
		}
		close(ready)
	}()
	t.Cleanup(func() { // the context of the test has ended
		<-ended
		_ = c.Wait()
		if t.Failed() {
			t.Logf("the collector said:\n%s", &told)
		}
	})
	if !<-ready {
		t.Fatal("the collector has ended")
	}
	if protocol == "grpc" {
		return "http://" + grpc
	}
	return "http://" + http
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
