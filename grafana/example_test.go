package grafana_test

import (
	"fmt"
	"log"
	"time"

	"github.com/pitboss-dev/pitboss/grafana"
)

// A studio with two servers and its own runbooks.
func ExampleFiles() {
	files, err := grafana.Files(grafana.Config{
		Targets:  []string{"games-1:8080", "games-2:8080"},
		Interval: 30 * time.Second,
		Runbooks: "https://wiki.example.org/games/runbooks",
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Path)
	}
	// Output:
	// grafana/dashboards/pitboss-overview.json
	// grafana/dashboards/pitboss-performance.json
	// grafana/dashboards/pitboss-state-machine.json
	// grafana/dashboards/pitboss-messaging.json
	// grafana/provisioning/dashboards/pitboss.yaml
	// grafana/provisioning/datasources/pitboss.yaml
	// prometheus/prometheus.yml
	// prometheus/rules/pitboss-recording.yml
	// prometheus/rules/pitboss-alerts.yml
}

func ExampleConfig_faults() {
	_, err := grafana.Files(grafana.Config{Targets: []string{"games-1"}, Interval: time.Hour})
	fmt.Println(err)
	// Output:
	// grafana: target: "games-1" is not allowed; want host:port, such as 127.0.0.1:8080
	// interval: 1h0m0s is not allowed; want whole milliseconds from 100ms to 1m
}
