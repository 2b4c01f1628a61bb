package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/room"
)

// store is where what must last is kept. The zero value keeps it in memory.
type store struct {
	embedded *natsqueue.Embedded
	nats     *natsqueue.Store
	// journal holds the rooms. Nil: in memory.
	journal room.Journal
}

// deadLetters is where those of a queue are kept. Nil: in memory.
func (s *store) deadLetters(ctx context.Context, queue string) (deadletter.Records, error) {
	if s.nats == nil {
		return nil, nil //nolint:nilnil // nil is what the dead letter store takes for memory
	}
	return s.nats.OpenDeadLetters(ctx, queue)
}

// openStore opens what c names. What is wrong with the folder or the address is
// the setting's fault.
func openStore(ctx context.Context, c config, log *slog.Logger) (s *store, err error) {
	s = new(store)
	if c.store == "memory" {
		return s, nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	durability := pitboss.InProcess
	if c.durability == "disk" {
		durability = pitboss.OnDisk
	}
	connection := natsqueue.Config{Durability: durability, Log: log}
	field, value := "store", "an address that cannot be read"
	if c.store == "embedded" {
		field, value = "data", c.data
		s.embedded, err = natsqueue.Start(ctx, natsqueue.EmbeddedConfig{Folder: c.data, Durability: durability, Log: log})
		connection.Embedded = s.embedded
	} else {
		connection.URL = c.store
		if shown, unreadable := natsqueue.Redacted(c.store); unreadable == nil {
			value = shown
		}
	}
	if err == nil {
		s.nats, err = natsqueue.Open(ctx, connection)
	}
	if err != nil {
		return s, &usageError{&pitboss.FieldError{
			Field: field, Value: value, Allowed: "a store that works: " + strings.Join(strings.Fields(err.Error()), " "),
		}}
	}
	records, err := s.nats.OpenJournal(ctx, "rooms")
	if err != nil {
		return s, err
	}
	s.journal, err = room.NewStoredJournal(records, games(c)...)
	return s, err
}

// lasting says whether anything outlives the process.
func (s *store) lasting() bool { return s.nats != nil }

// durability is what an acknowledgement means.
func (s *store) durability() pitboss.Durability {
	if s.nats == nil {
		return pitboss.InMemory
	}
	return s.nats.Durability()
}

// check reports what keeps the store from its work.
func (s *store) check(ctx context.Context) error {
	if s.nats == nil {
		return nil
	}
	return s.nats.Check(ctx)
}

// close ends the store, once nobody uses it any more.
func (s *store) close() error {
	if s.nats != nil {
		s.nats.Close()
	}
	if s.embedded != nil {
		return s.embedded.Stop()
	}
	return nil
}

// storeName is a setting of store without what must not be told: an address may
// hold a password.
func storeName(setting string) string {
	if strings.HasPrefix(setting, "nats://") {
		return "nats"
	}
	return setting
}
