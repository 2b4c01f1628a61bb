package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/grafana"
)

// prom is a Prometheus that runs.
type prom struct {
	t      *testing.T
	url    string
	client *http.Client
}

// startPrometheus runs the one that is installed with the files that `pitboss
// dashboards` writes.
func startPrometheus(t *testing.T, c grafana.Config) *prom {
	t.Helper()
	binary, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatalf("%v: `make prometheus` installs it, as does apt-get install prometheus", err)
	}
	files, err := grafana.Files(c)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := grafana.Write(folder, files); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	var log synced
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary,
		"--config.file="+filepath.Join(folder, "prometheus", "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+address,
		"--enable-feature=exemplar-storage",
		"--log.level=warn",
	)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = limit
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	p := &prom{t: t, url: "http://" + address, client: &http.Client{Transport: new(http.Transport), Timeout: 10 * time.Second}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it ends by our signal, or the wait for it below tells
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		p.client.CloseIdleConnections()
	})
	poll(t, func() (done bool) {
		select {
		case <-ended:
			t.Fatalf("prometheus ended: %s", &log)
		default:
		}
		response, err := p.get("/-/ready", nil)
		return err == nil && response.status == http.StatusOK
	}, func() string { return "prometheus is not ready: " + log.String() })
	return p
}

// loopback is an address of this machine at which nobody else is, where the system
// has more than one: a port that is free there stays so until it is listened on.
func loopback() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1"
	}
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", loopback()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

type answer struct {
	status int
	body   []byte
}

func (p *prom) get(path string, query url.Values) (answer, error) {
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return answer{}, err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, body}, err
}

// names are all metrics that the Prometheus has seen or recorded.
func (p *prom) names() map[string]bool {
	p.t.Helper()
	got, err := p.get("/api/v1/label/__name__/values", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	var result struct{ Data []string }
	if err := json.Unmarshal(got.body, &result); err != nil {
		p.t.Fatal(err)
	}
	all := make(map[string]bool, len(result.Data))
	for _, name := range result.Data {
		all[name] = true
	}
	return all
}

// untilFiring waits until alerts fire, and tells of others that must not where
// the server runs and games go on.
func (p *prom) untilFiring(want ...string) {
	p.t.Helper()
	var firing []string
	poll(p.t, func() bool {
		got, err := p.get("/api/v1/query", url.Values{"query": {`count by (alertname) (ALERTS{alertstate="firing"})`}})
		if err != nil {
			p.t.Fatal(err)
		}
		var result struct {
			Data struct {
				Result []struct {
					Metric struct{ Alertname string }
				}
			}
		}
		if err := json.Unmarshal(got.body, &result); err != nil {
			p.t.Fatalf("%v: %s", err, got.body)
		}
		firing = nil
		for _, series := range result.Data.Result {
			firing = append(firing, series.Metric.Alertname)
		}
		return !slices.ContainsFunc(want, func(name string) bool { return !slices.Contains(firing, name) })
	}, func() string { return fmt.Sprintf("%q fire, not %q", firing, want) })
	for _, name := range []string{"PitbossScrapeMissing", "PitbossRoomsStuck", "PitbossGamesStandStill", "PitbossQueueOld", "PitbossMemoryGrows"} {
		if slices.Contains(firing, name) {
			p.t.Errorf("%s fires", name)
		}
	}
}

// hasExemplars says whether a metric's exemplars name traces as the datasource
// file says.
func (p *prom) hasExemplars(metric string) bool {
	p.t.Helper()
	now := time.Now()
	got, err := p.get("/api/v1/query_exemplars", url.Values{
		"query": {metric}, "start": {now.Add(-time.Minute).Format(time.RFC3339)}, "end": {now.Add(time.Minute).Format(time.RFC3339)},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	var result struct {
		Data []struct {
			Exemplars []struct{ Labels map[string]string }
		}
	}
	if err := json.Unmarshal(got.body, &result); err != nil {
		p.t.Fatalf("%v: %s", err, got.body)
	}
	for _, series := range result.Data {
		for _, e := range series.Exemplars {
			if len(e.Labels["trace_id"]) == 32 {
				return true
			}
		}
	}
	return false
}

// lint has promtool look at a page of metrics.
func lint(t *testing.T, client *http.Client, page string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	cmd := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = response.Body, &out, &out
	if err := cmd.Run(); err != nil || out.Len() > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, &out)
	}
}
