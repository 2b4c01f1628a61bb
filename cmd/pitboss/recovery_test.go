package main

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/room"
)

// BenchmarkRecovery is how long one room takes to be what it was, after 10,000
// events, from an embedded store that has been opened: with the snapshots that
// are kept by default, and with none.
func BenchmarkRecovery(b *testing.B) {
	const events = 10_000
	for name, every := range map[string]int{"snapshots=500": 0, "snapshots=none": 10 * events} {
		b.Run(name, func(b *testing.B) {
			e, err := natsqueue.Start(b.Context(), natsqueue.EmbeddedConfig{Folder: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = e.Stop() })
			s, err := natsqueue.Open(b.Context(), natsqueue.Config{Embedded: e})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(s.Close)
			host := storedHost(b, s, every)
			done := make(chan error, 1)
			go func() { done <- host.Run(b.Context()) }()
			b.Cleanup(func() { <-done })
			if _, err := host.Create(b.Context(), room.Spec{ID: "busy", Game: liaptui.Name, Bots: 3}); err != nil {
				b.Fatal(err)
			}
			session := ""
			for seq := uint64(0); seq < events; {
				place, err := host.Enter(b.Context(), "busy", "ann", session)
				if err != nil {
					b.Fatal(err)
				}
				if session == "" {
					session = place.Session
				}
				seq = place.Seq
				if err := host.Lose(b.Context(), place); err != nil {
					b.Fatal(err)
				}
			}
			found := 0
			for b.Loop() {
				recovered, err := storedHost(b, s, every).Recover(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				found = recovered.Events
			}
			b.ReportMetric(float64(found), "events-folded")
		})
	}
}

func storedHost(b testing.TB, s *natsqueue.Store, snapshotEvery int) *room.Host {
	b.Helper()
	records, err := s.OpenJournal(b.Context(), "rooms")
	if err != nil {
		b.Fatal(err)
	}
	game := liaptui.New(liaptui.Config{})
	journal, err := room.NewStoredJournal(records, game)
	if err != nil {
		b.Fatal(err)
	}
	host, err := room.NewHost(room.Config{
		Games: []room.Rules{game}, Journal: journal, SnapshotEvery: snapshotEvery, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(fmt.Errorf("host: %w", err))
	}
	return host
}
