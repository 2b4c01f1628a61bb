package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/spf13/cobra"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

const (
	eventsPath = "/api/v1/events"
	streamPath = "/api/v1/events/stream"
)

// tailCommand shows the live event stream of a running server.
func tailCommand() *cobra.Command {
	var (
		t        tail
		severity string
	)
	c := &cobra.Command{
		Use:   "tail",
		Short: "The live event stream of a running server",
		Long: `Print events as they happen, one a line, until it is interrupted. What is named
narrows it down: an event must match all of it.

A lost connection is taken up again where it was, without gap or duplicate; what
the server no longer holds by then is told as missed.

Colours are used on a terminal only, and not where NO_COLOR is set. Exit status: 0
interrupted, or as many events as asked for; 1 no answer; 2 wrong usage.`,
		Example: `  pitboss tail --severity warning
  pitboss tail --type 'game.*' --type round.started --since 0
  pitboss tail --correlation 4QX... --json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := t.filter.Severity.UnmarshalText([]byte(severity)); err != nil {
				return &usageError{err}
			}
			if t.count < 0 {
				return &usageError{&pitboss.FieldError{Field: "count", Value: t.count, Allowed: "zero (for ever) or more"}}
			}
			t.out, t.faults = bufio.NewWriter(c.OutOrStdout()), c.ErrOrStderr()
			t.live = !c.Flags().Changed("since")
			t.colour = os.Getenv("NO_COLOR") == "" && isTerminal(c.OutOrStdout())
			return t.run(c.Context())
		},
	}
	f := c.Flags()
	t.client.flags(f)
	f.StringSliceVar(&t.filter.Types, "type", nil, "only this `type`, or group such as 'game.*'; may be given again")
	f.StringVar(&t.filter.Room, "room", "", "only this `room`")
	f.StringVar(&t.filter.Game, "game", "", "only this `game`")
	f.StringVar(&t.filter.Player, "player", "", "only this `player`")
	f.StringVar(&t.filter.Correlation, "correlation", "", "only what this correlation `id` caused")
	f.StringVar(&severity, "severity", "info", "the `least` that is shown: info, warning or error")
	f.Uint64Var(&t.since, "since", 0, "begin after this sequence `number`; 0: with the oldest (default: with the next)")
	f.IntVar(&t.count, "count", 0, "end after this `many` events; 0: never")
	f.BoolVar(&t.json, "json", false, "print events as they come, as JSON")
	return c
}

type tail struct {
	client client
	filter stream.Filter
	since  uint64 // the last event seen, or missed
	live   bool   // begin with the next event
	count  int
	json   bool
	colour bool
	out    *bufio.Writer
	faults io.Writer // what is no event
}

// The pauses between attempts to connect again.
const (
	firstPause = 250 * time.Millisecond
	mostPause  = 5 * time.Second
)

// errEnough says that all events that were asked for were shown.
var errEnough = errors.New("enough")

func (t *tail) run(ctx context.Context) error {
	if err := t.begin(ctx); err != nil {
		return ended(ctx, err)
	}
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		came, err := t.follow(ctx)
		if _, lost := errors.AsType[*lostError](err); !lost {
			return ended(ctx, err)
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was interrupted, not lost
		}
		if came {
			pause = firstPause
			fmt.Fprintf(t.faults, "pitboss: %v; trying again\n", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// ended is how tail ends: being interrupted is what it is for.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, errEnough) {
		return nil //nolint:nilerr // that is how it is ended
	}
	return err
}

// begin asks where the stream is, so that a connection lost before the first
// event can be taken up too. It also finds out what is wrong with the request.
func (t *tail) begin(ctx context.Context) error {
	query := t.filter.Query()
	query.Set("limit", "1")
	var page struct {
		Last uint64 `json:"last"`
	}
	if err := t.client.do(ctx, http.MethodGet, eventsPath, query, &page); err != nil {
		return err
	}
	if t.live {
		t.since = page.Last
	}
	return nil
}

// lostError is a connection that may be taken up again.
type lostError struct{ err error }

func (e *lostError) Error() string { return "connection lost: " + e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// follow prints what one connection brings, and says whether it came to be.
func (t *tail) follow(ctx context.Context) (came bool, err error) {
	var watching sync.WaitGroup
	defer watching.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	query := t.filter.Query()
	query.Set("since", strconv.FormatUint(t.since, 10))
	ws, err := t.client.dial(ctx, streamPath, query)
	if err != nil {
		return false, err
	}
	defer func() { _ = ws.CloseNow() }() // it was only read
	ws.SetReadLimit(answerLimit)
	watching.Go(func() { watch(ctx, ws) })
	for {
		_, text, err := ws.Read(ctx)
		if err != nil {
			return true, &lostError{err}
		}
		if err := t.show(text); err != nil {
			return true, err
		}
	}
}

// watch drops a connection whose other end has silently gone.
func watch(ctx context.Context, ws *websocket.Conn) {
	const interval = 20 * time.Second
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		}
		timeout, cancel := context.WithTimeout(ctx, interval)
		err := ws.Ping(timeout)
		cancel()
		if err != nil {
			_ = ws.CloseNow() // it is gone either way
			return
		}
	}
}

// dial opens a WebSocket. What the server has against it is an error for good.
func (c *client) dial(ctx context.Context, path string, query url.Values) (*websocket.Conn, error) {
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	target := base.JoinPath(path)
	target.RawQuery = query.Encode()
	timeout, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	ws, response, err := websocket.Dial(timeout, target.String(), nil) //nolint:bodyclose // the library closes it
	switch {
	case err == nil:
		return ws, nil
	case response == nil || response.StatusCode >= http.StatusInternalServerError:
		return nil, &lostError{err}
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, answerLimit)) // the library has read it
	return nil, c.refused(response, text)
}

// show prints a frame and remembers its place.
func (t *tail) show(text []byte) error {
	var line tailLine
	if err := json.Unmarshal(text, &line); err != nil {
		return fmt.Errorf("event of %s is not pitboss's: %w", t.client.where(), err)
	}
	switch {
	case line.Seq > 0:
		t.since = line.Seq
	case line.Type == "missed":
		t.since = line.missed().To
	case line.Type == "reset":
		t.since = 0
	}
	if t.json {
		fmt.Fprintf(t.out, "%s\n", text) // Flush tells of faults
	} else {
		line.write(t.out, t.colour)
	}
	if err := t.out.Flush(); err != nil {
		return err
	}
	if line.Seq > 0 && t.count > 0 {
		if t.count--; t.count == 0 {
			return errEnough
		}
	}
	return nil
}
