package natsqueue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// marks remembers beside the server's files how far each stream went at least.
// The server takes what it finds for all there ever was: of a file that was
// damaged, cut short or removed it tells nobody.
type marks struct {
	mu      sync.Mutex
	written markFile
	exact   map[string]streamMark // of a clean end, of streams not opened since
}

// markFile is what is written.
type markFile struct {
	Streams map[string]streamMark `json:"streams"`
	// Clean says that the process ended in order, and the numbers are exact.
	Clean bool `json:"clean,omitempty"`
}

// streamMark is how far a stream went, for certain.
type streamMark struct {
	Last     uint64 `json:"last"` // sequence
	Messages uint64 `json:"messages"`
}

const (
	marksName = "pitboss.marks"
	// marksInterval is how old a sequence is before it is written down: older than
	// what may be unsynced.
	marksInterval = 5 * time.Second
)

// load reads what the process before has written, and says whether that ended in
// order. A file that is not there, or not readable, says nothing.
func (m *marks) load(folder string) (clean bool, err error) {
	if text, err := os.ReadFile(filepath.Join(folder, marksName)); err == nil && json.Unmarshal(text, &m.written) != nil {
		m.written = markFile{}
	}
	if !m.written.Clean {
		return false, nil
	}
	m.exact = maps.Clone(m.written.Streams)
	return true, m.save(folder, nil, false)
}

// check fails with [ErrCorrupt] if a stream, when it is opened, holds less than
// what is known of it.
func (m *marks) check(folder, stream string, found streamMark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.written.Streams[stream]
	exact, clean := m.exact[stream]
	if found.Last >= known.Last && (!clean || found.Messages >= exact.Messages) {
		delete(m.exact, stream) // from now on it changes
		return nil
	}
	return fmt.Errorf("%w: stream %s has %d records up to %d, and once had %d up to %d; bring back its files in %s, or remove %s there to go on without them",
		ErrCorrupt, stream, found.Messages, found.Last, known.Messages, known.Last, folder, marksName)
}

// save writes down how far the streams went, if that has changed.
func (m *marks) save(folder string, streams map[string]streamMark, clean bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := markFile{Streams: make(map[string]streamMark), Clean: clean}
	maps.Copy(next.Streams, m.written.Streams)
	maps.Copy(next.Streams, streams)
	if maps.Equal(m.written.Streams, next.Streams) && m.written.Clean == clean {
		return nil
	}
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	name := filepath.Join(folder, marksName)
	if err := os.WriteFile(name+".tmp", text, 0o640); err != nil {
		return err
	}
	if err := errors.Join(syncFile(name+".tmp"), os.Rename(name+".tmp", name), syncFile(folder)); err != nil {
		return err
	}
	m.written = next
	return nil
}

// reached is how far the streams in use went.
func (e *Embedded) reached(s *server.Server) map[string]streamMark {
	reached := make(map[string]streamMark)
	account, err := s.JszAccount(&server.JSzOptions{Account: server.DEFAULT_GLOBAL_ACCOUNT, Streams: true})
	if err != nil {
		return nil // it is about to stop, or wedged
	}
	opened := make(map[string]bool)
	for _, name := range e.names.all() {
		opened[name] = true
	}
	for i := range account.Streams {
		if stream := &account.Streams[i]; opened[stream.Name] {
			reached[stream.Name] = streamMark{stream.State.LastSeq, stream.State.Msgs}
		}
	}
	return reached
}

// keepMarks writes down from time to time how far the streams went, until ctx
// ends.
func (e *Embedded) keepMarks(ctx context.Context) {
	var before map[string]streamMark
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(marksInterval):
		}
		if e.wedged() != nil {
			continue
		}
		if err := e.marks.save(e.config.Folder, before, false); err != nil && e.usable() == nil { // Check tells of all else
			e.config.Log.WarnContext(ctx, "store: marks not written, trying again", "folder", e.config.Folder, "error", err)
		}
		before = e.reached(e.server.Load())
	}
}
