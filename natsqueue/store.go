package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
)

// Config describes a [Store]: either Embedded or URL is required.
type Config struct {
	// Embedded is a server in this process.
	Embedded *Embedded
	// URL is one or more servers elsewhere: nats://host:port[,…].
	URL string

	// Prefix begins the names of streams and subjects, so that several
	// installations can share servers. Letters, digits, - and _. Zero:
	// "pitboss".
	Prefix string
	// Replicas is how many servers keep each new stream, 1 to 5. An even number
	// survives the loss of no more servers than the odd one below it. Zero: 3 in
	// a cluster of at least as many, otherwise 1.
	Replicas int
	// Durability is what the servers behind URL promise; nobody can ask them.
	// Zero: [pitboss.InProcess]. Embedded servers know their own.
	Durability pitboss.Durability
	// ConnectTimeout bounds the wait for a server. Zero: 5 s.
	ConnectTimeout time.Duration
	// Log gets what cannot be returned to a caller. Nil: slog's default.
	Log *slog.Logger
}

func (c *Config) prepare() error {
	var faults pitboss.FieldErrors
	if (c.Embedded == nil) == (c.URL == "") {
		faults.Add("store", c.URL, "either an embedded server or nats://host:port[,…]")
	}
	if _, err := Redacted(c.URL); err != nil {
		faults.Add("store", "an address that cannot be read", "nats://host:port[,…]")
	}
	for _, r := range c.Prefix {
		if !plain(r) {
			faults.Add("prefix", c.Prefix, "letters, digits, - and _")
			break
		}
	}
	if c.Replicas < 0 || c.Replicas > 5 {
		faults.Add("replicas", c.Replicas, "zero (3 in a cluster, otherwise 1), or 1 to 5")
	}
	if c.Durability > pitboss.OnDisk {
		faults.Add("durability", c.Durability, "process or disk")
	}
	if c.ConnectTimeout < 0 {
		faults.Add("connect_timeout", c.ConnectTimeout, "zero (5 s) or more")
	}
	if err := faults.Err(); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if c.Prefix == "" {
		c.Prefix = "pitboss"
	}
	if c.Embedded != nil {
		c.Durability = c.Embedded.Durability()
	}
	if c.Durability == pitboss.InMemory {
		c.Durability = pitboss.InProcess
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

// Store is a connection to JetStream, on which queues and journals are opened.
// Its methods are safe for concurrent use.
type Store struct {
	config Config
	conn   *nats.Conn
	js     jetstream.JetStream
	closed chan struct{} // once the connection has ended for good
	work   sync.WaitGroup

	attempts attempts
}

// Open connects. It fails with an error matching [ErrUnreachable] when no
// server answers in time, or when those that answer keep nothing.
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	s := &Store{config: c, closed: make(chan struct{})}
	options := []nats.Option{
		nats.Name("pitboss"),
		nats.Timeout(c.ConnectTimeout),
		nats.MaxReconnects(-1), // a cluster comes back when it comes back
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		nats.ReconnectBufSize(-1), // a write without a server fails at once, and is tried again
		nats.ClosedHandler(func(*nats.Conn) { close(s.closed) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			s.attempts.fail()
			if err != nil {
				c.Log.WarnContext(context.Background(), "store: connection lost", "error", err)
			}
		}),
		nats.ReconnectHandler(func(conn *nats.Conn) {
			c.Log.InfoContext(context.Background(), "store: connected again", "url", conn.ConnectedUrlRedacted())
		}),
	}
	where := "embedded server"
	if c.Embedded != nil {
		options = append(options, nats.InProcessServer(inProcess{c.Embedded}))
	} else {
		where, _ = Redacted(c.URL) // prepare has read it
	}
	var err error
	if s.conn, err = nats.Connect(c.URL, options...); err != nil {
		return nil, fmt.Errorf("%w: %s: %w; check the address and that the server runs", ErrUnreachable, where, err)
	}
	if s.js, err = jetstream.New(s.conn); err == nil {
		ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
		defer cancel()
		_, err = s.js.AccountInfo(ctx)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("%w: %s: %w; JetStream must be enabled there", ErrUnreachable, where, err)
	}
	if s.config.Replicas == 0 {
		s.config.Replicas = s.enough()
	}
	return s, nil
}

// enough is how many replicas survive the loss of a server, where the servers
// are enough for that.
func (s *Store) enough() int {
	if s.conn.ConnectedClusterName() != "" && len(s.conn.Servers()) >= 3 {
		return 3
	}
	return 1
}

// Redacted is a list of addresses, as [Config.URL] takes it, to be shown: without
// passwords. It fails on one that cannot be read, with an error that may hold it.
func Redacted(urls string) (string, error) {
	if urls == "" {
		return "", nil
	}
	shown := strings.Split(urls, ",")
	for i, text := range shown {
		text = strings.TrimSpace(text)
		if !strings.Contains(text, "://") { // as the client takes it
			text = "nats://" + text
		}
		u, err := url.Parse(text)
		if err != nil {
			return "", err
		}
		shown[i] = u.Redacted()
	}
	return strings.Join(shown, ","), nil
}

// Durability is what an acknowledged write survives.
func (s *Store) Durability() pitboss.Durability { return s.config.Durability }

// Check reports what keeps the store from doing its work.
func (s *Store) Check(ctx context.Context) error {
	if s.config.Embedded != nil {
		if err := s.config.Embedded.Check(); err != nil {
			return err
		}
	}
	if _, err := s.js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return nil
}

// Close ends the connection. Close queues first. Closing twice is harmless.
func (s *Store) Close() {
	s.conn.Close()
	<-s.closed
	s.work.Wait()
}

// stream opens a stream, made if need be. It returns once the stream itself is
// as safe as what will be written to it.
func (s *Store) stream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	c.Storage = jetstream.FileStorage
	c.Replicas = s.config.Replicas
	c.AllowDirect = true
	if c.MaxMsgsPerSubject == 0 {
		c.Discard = jetstream.DiscardNew // what was acknowledged is never pushed out
	}
	stream, err := asked(ctx, func() (jetstream.Stream, error) { return s.js.Stream(ctx, c.Name) })
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, describe(err)
	}
	made := err != nil
	if made {
		stream, err = asked(ctx, func() (jetstream.Stream, error) { return s.js.CreateStream(ctx, c) })
		if err != nil {
			return nil, fmt.Errorf("make stream %s: %w", c.Name, describe(err))
		}
	}
	if e := s.config.Embedded; e != nil {
		if made {
			err = e.syncStream(c.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("sync stream %s: %w", c.Name, err)
		}
		state := &stream.CachedInfo().State
		if err := e.marks.check(e.config.Folder, c.Name, streamMark{state.LastSeq, state.Msgs}); err != nil {
			return nil, err
		}
		e.names.add(c.Name)
	}
	return stream, nil
}

// patience is how often a question is asked that no server answers. The client
// waits 5 s each time.
const patience = 4

// asked asks the servers until they answer. They are silent while they elect a
// leader, or while their machine has too much else to do.
func asked[T any](ctx context.Context, ask func() (T, error)) (answer T, err error) {
	for range patience {
		if answer, err = ask(); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return answer, err
		}
	}
	return answer, fmt.Errorf("%w: asked %d times: %w", ErrUnreachable, patience, err)
}

// describe adds the sentinel that an error of the client belongs to.
func describe(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, nats.ErrTimeout), errors.Is(err, nats.ErrConnectionClosed),
		errors.Is(err, nats.ErrDisconnected), errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return err
}

// plain says whether a character can stand in a stream's name as it is.
func plain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}
