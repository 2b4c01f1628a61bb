package gamestats_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

func TestStreamMetrics(t *testing.T) {
	t.Parallel()
	s, err := stream.New(stream.Config{History: 1})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(gamestats.Stream(s.Stats)); err != nil {
		t.Fatal(err)
	}
	late, err := s.Subscribe(stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	for _, typ := range []event.Type{event.GameStarted, event.GameStarted, "chess.castled"} {
		s.Publish([]event.Event{{Type: typ, Time: time.Now()}})
	}
	if _, err := late.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if faults, err := testutil.GatherAndLint(registry); err != nil || len(faults) > 0 {
		t.Errorf("%v, %v", faults, err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			got[f.GetName()+strings.Join(labels, "")] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"pitboss_event_stream_subscribers": 1, "pitboss_event_stream_missed_total": 2,
		"pitboss_events_totalgame.started": 2, "pitboss_events_totalother": 1, "pitboss_events_totalgame.ended": 0,
	} {
		if value, there := got[name]; !there || value != want {
			t.Errorf("%s is %v, %v, want %v", name, value, there, want)
		}
	}
}
