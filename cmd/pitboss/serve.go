package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

func serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run rooms, and answer over HTTP and WebSocket",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := loadConfig(c.Flags(), os.Environ)
			if err != nil {
				return &usageError{err}
			}
			return serve(c.Context(), config, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	defineFlags(c.Flags())
	return c
}

// serve runs until ctx ends, the asked-for games are played, or a part fails.
func serve(ctx context.Context, c config, stdout, stderr io.Writer) error {
	log := newLog(c, stderr)
	if len(c.strangers) > 0 {
		log.WarnContext(ctx, "environment variables that name no setting have no effect; pitboss serve --help lists the settings",
			"variables", c.strangers)
	}
	results, err := openResults(c.results)
	if err != nil {
		return &usageError{&pitboss.FieldError{Field: "results", Value: c.results, Allowed: "a file that can be written: " + err.Error()}}
	}
	kept, err := openStore(ctx, c, log)
	if err != nil {
		return errors.Join(err, results.close())
	}
	err = play(ctx, c, kept, results, stdout, log)
	return errors.Join(err, kept.close(), results.close())
}

// play runs all that uses the store.
func play(ctx context.Context, c config, kept *store, results *results, stdout io.Writer, log *slog.Logger) error {
	listener, err := listen(ctx, c.listen)
	if err != nil {
		return err
	}
	if c.advertise == "" {
		c.advertise = reachable(listener.Addr())
	}
	p, err := newParts(ctx, c, kept, results, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	log.InfoContext(ctx, "starting", "version", versionName(), "store", storeName(c.store), "durability", p.store.durability(), "tables", c.tables, "seed", c.seed)

	done := p.start(ctx, listener)
	if err = p.join(ctx, done); err == nil {
		fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr())
		select {
		case <-ctx.Done():
			log.InfoContext(ctx, "draining", "grace", c.grace)
		case <-done:
		}
	}
	return errors.Join(err, p.stop(c.grace))
}

// join makes the process one of those that divide the store, if there are others
// that can open it.
func (p *parts) join(ctx context.Context, done chan<- struct{}) error {
	if p.division == nil {
		return nil
	}
	if err := p.division.join(ctx); err == nil {
		p.run(context.WithoutCancel(ctx), &p.dividing, done, p.division.run)
	} else if ctx.Err() == nil {
		return fmt.Errorf("rooms of the store: %w", err)
	}
	return nil // or asked to end meanwhile
}

// listen takes the address as it is written: 0.0.0.0 means IPv4 only.
func listen(ctx context.Context, address string) (net.Listener, error) {
	network := "tcp"
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr().Is4() {
		network = "tcp4"
	}
	l, err := new(net.ListenConfig).Listen(ctx, network, address)
	if err != nil {
		if failed, ok := errors.AsType[*net.OpError](err); ok {
			err = failed.Err
		}
		return nil, &usageError{&pitboss.FieldError{Field: "listen", Value: address, Allowed: "an address of this machine that is free: " + err.Error()}}
	}
	return l, nil
}

func newLog(c config, to io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.logLevel}
	var handler slog.Handler = slog.NewTextHandler(to, options)
	if c.logFormat == "json" {
		handler = slog.NewJSONHandler(to, options)
	}
	return slog.New(correlation.LogHandler(handler))
}

// start runs every part. The channel tells when one has ended by itself: the
// tables have played their games, or something failed.
func (p *parts) start(ctx context.Context, listener net.Listener) chan struct{} {
	// Parts end in the order of stop, not all at once with ctx.
	base := context.WithoutCancel(ctx)
	done := make(chan struct{}, 9) // one per part
	p.http = p.server.HTTPServer()
	p.http.Handler = p.monitor.HTTP(p.http.Handler)
	p.run(base, &p.hosting, done, p.host.Run)
	p.run(base, &p.working, done, p.tasks.Run)
	p.run(base, &p.telling, done, p.bus.Run)
	p.run(base, &p.burying, done, p.dead.run)
	p.run(base, &p.watching, done, p.monitor.Run)
	p.run(base, &p.serving, done, func(context.Context) error {
		if err := p.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	p.sweeper.again(base)
	if p.division == nil && p.store.lasting() {
		p.run(base, &p.mending, done, p.mendAlone)
	}
	if p.tables.playing() {
		p.run(base, &p.playing, done, p.tables.run)
	}
	return done
}

// stage is one part that runs.
type stage struct {
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // once it has ended
}

func (p *parts) run(ctx context.Context, s *stage, done chan<- struct{}, f func(context.Context) error) {
	ctx, s.cancel = context.WithCancel(ctx)
	s.ended = make(chan struct{})
	go func() {
		s.err = f(ctx)
		close(s.ended)
		done <- struct{}{}
	}()
}

// end ends a stage, waits for it and returns why it ended.
func (s *stage) end(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	select {
	case <-s.ended:
		return s.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stop ends the parts within the grace time, outermost first: rooms go to other
// processes, where there are any; no new rooms and players, no new games, no more
// requests, then what is under way.
func (p *parts) stop(grace time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), grace, errors.New("not drained within the grace time"))
	defer cancel()
	// Clients that do not answer must not use up everybody's time, nor must
	// requests that do not end.
	polite, cancelPolite := context.WithTimeout(ctx, grace/2)
	defer cancelPolite()
	patient, cancelPatient := context.WithTimeout(ctx, grace*3/4)
	defer cancelPatient()
	divided := errors.Join(p.dividing.end(ctx), p.mending.end(ctx))
	p.division.leave(polite)
	if err := p.server.Drain(polite); err != nil {
		p.log.Warn("clients cut off that did not close", "error", err)
	}
	defer func() {
		last, cancel := context.WithTimeout(ctx, grace/4)
		defer cancel()
		p.flush(last)
	}()
	// The door stays open while work ends, so that who asks is told that it does.
	err := errors.Join(divided, p.playing.end(ctx), p.working.end(ctx), p.hosting.end(ctx))
	if failed := p.http.Shutdown(patient); failed != nil {
		p.log.Warn("requests cut off that did not end", "error", failed)
		err = errors.Join(err, p.http.Close())
	}
	p.passing.close()
	return errors.Join(err, p.serving.end(ctx), p.telling.end(ctx), p.burying.end(ctx), p.watching.end(ctx), p.closeQueues())
}
