package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/cmd/pitboss/loadtest"
)

func loadtestCommand() *cobra.Command {
	var (
		server client
		config loadtest.Config
		report string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "loadtest",
		Short: "Play as many people against a running server, and measure what they would feel",
		Long: `Play Liap Tui over real WebSockets at many tables, one game after the other, and
print throughput and latency: "answer" is from sending a move to its answer,
"delivery" from sending it to its event at each other player.

Exit status: 0 all went well, 1 something was refused or lost, 2 wrong usage.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			base, err := server.base()
			if err != nil {
				return err
			}
			config.URL, config.Token = strings.TrimRight(base.String(), "/"), server.token
			if err := config.Validate(); err != nil {
				return &usageError{err}
			}
			errOut := c.ErrOrStderr()
			if isTerminal(errOut) {
				config.Progress = func(r loadtest.Report) { drawProgress(errOut, r, config.Duration) }
			}
			file, err := openReport(report)
			if err != nil {
				return err
			}
			r, err := loadtest.Run(c.Context(), config)
			if config.Progress != nil {
				fmt.Fprint(errOut, "\r\x1b[K") // what follows has the line to itself
			}
			if err != nil {
				return errors.Join(err, file.Close())
			}
			return errors.Join(writeReport(c.OutOrStdout(), file, r, asJSON), file.Close(), failuresOf(r))
		},
	}
	f := c.Flags()
	server.flags(f)
	f.IntVar(&config.Rooms, "rooms", 10, "`number` of games at a time")
	f.IntVar(&config.Players, "players", 4, "`number` of seats per room played from here; bots take the others")
	f.DurationVar(&config.Duration, "duration", 30*time.Second, "how long to play")
	f.DurationVar(&config.Think, "think", 0, "how long a player waits before a move")
	f.StringVar(&report, "report", "", "`file` to write the report to, as JSON")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON")
	return c
}

// isTerminal reports whether a person watches.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func drawProgress(w io.Writer, r loadtest.Report, of time.Duration) {
	const width = 24
	filled := min(int(r.Seconds/of.Seconds()*width), width)
	fmt.Fprintf(w, "\r\x1b[K[%s%s] %.0fs of %v  %d games  %.0f actions/s  p99 %.1f ms", strings.Repeat("=", filled),
		strings.Repeat(" ", width-filled), r.Seconds, of, r.Games, r.ActionsPerSecond, r.Answer.P99)
}

// openReport opens the file before the load, so that none is wasted on one that
// cannot be written.
func openReport(path string) (io.WriteCloser, error) {
	if path == "" {
		return nowhere{io.Discard}, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, &usageError{&pitboss.FieldError{Field: "report", Value: path, Allowed: "a file that can be written: " + err.Error()}}
	}
	return file, nil
}

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }

func writeReport(out, file io.Writer, r loadtest.Report, asJSON bool) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if _, err := file.Write(text); err != nil {
		return err
	}
	if asJSON {
		_, err = out.Write(text)
		return err
	}
	fmt.Fprintf(out, "%d rooms, %d players, %.1f s\n\n", r.Rooms, r.Players, r.Seconds)
	fmt.Fprintf(out, "games     %10d\n", r.Games)
	fmt.Fprintf(out, "actions   %10d  %10.0f /s\n", r.Actions, r.ActionsPerSecond)
	fmt.Fprintf(out, "events    %10d  %10.0f /s\n", r.Events, r.EventsPerSecond)
	fmt.Fprintf(out, "received  %10.1f MB\n\n", float64(r.BytesReceived)/1e6)
	fmt.Fprintf(out, "%-10s %10s %10s %10s %10s\n", "ms", "p50", "p90", "p99", "max")
	for _, l := range []struct {
		name string
		p    loadtest.Percentiles
	}{{"answer", r.Answer}, {"delivery", r.Delivery}} {
		fmt.Fprintf(out, "%-10s %10.2f %10.2f %10.2f %10.2f\n", l.name, l.p.P50, l.p.P90, l.p.P99, l.p.Max)
	}
	return nil
}

// failuresOf makes what went wrong the command's error.
func failuresOf(r loadtest.Report) error {
	if len(r.Failures) == 0 {
		return nil
	}
	var b strings.Builder
	for i, what := range slices.Sorted(maps.Keys(r.Failures)) {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%d× %s", r.Failures[what], what)
	}
	return errors.New(b.String())
}
