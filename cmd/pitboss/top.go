package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/pitboss-dev/pitboss/cmd/pitboss/top"
)

func topCommand() *cobra.Command {
	var (
		server       client
		once, asJSON bool
	)
	c := &cobra.Command{
		Use:   "top",
		Short: "Show a running server full screen: rooms, states, queues, rates, errors",
		Long: `Show a running server full screen, the worst rooms first.

With --once it prints one screen and ends; with --json, everything as JSON.
NO_COLOR leaves out colours. Exit status: 0 ended by the user, 1 no answer, 2 wrong usage.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			out := c.OutOrStdout()
			plain := os.Getenv("NO_COLOR") != "" || !isTerminal(out)
			if !once && !asJSON && isTerminal(out) {
				return top.Run(c.Context(), server.snapshot, server.where(), plain)
			}
			snap, err := server.snapshot(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(out).Encode(snap)
			}
			screen := top.Screen{Width: 80, Height: 24, Plain: plain, Now: time.Now()}
			_, err = fmt.Fprintln(out, screen.Draw(snap))
			return err
		},
	}
	f := c.Flags()
	server.flags(f)
	f.BoolVar(&once, "once", false, "print one screen and end")
	f.BoolVar(&asJSON, "json", false, "print everything once, as JSON")
	return c
}

// snapshot asks for all that top shows.
func (c *client) snapshot(ctx context.Context) (*top.Snapshot, error) {
	snap := &top.Snapshot{URL: c.where(), Time: time.Now()}
	for _, part := range []struct {
		path  string
		query url.Values
		into  any
	}{
		{"/api/v1/status", nil, &snap.Status},
		{"/api/v1/visualization/rooms", url.Values{"limit": {"500"}}, &snap.Rooms},
		{"/api/v1/visualization/state-diagram", nil, &snap.Diagram},
	} {
		if err := c.do(ctx, http.MethodGet, part.path, part.query, part.into); err != nil {
			return nil, err
		}
	}
	return snap, nil
}
