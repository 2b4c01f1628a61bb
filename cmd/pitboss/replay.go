package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/pitboss-dev/pitboss"
)

// replayCommand shows a room's journal, or the room as it was then.
func replayCommand() *cobra.Command {
	var r replay
	c := &cobra.Command{
		Use:   "replay --room R [--at SEQ]",
		Short: "A room's journal, or its state after one of its events",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if r.room == "" {
				return &usageError{&pitboss.FieldError{Field: "room", Value: "", Allowed: "a room's id; pitboss top lists them"}}
			}
			if c.Flags().Changed("at") {
				return r.state(c.Context(), c.OutOrStdout())
			}
			return r.journal(c.Context(), c.OutOrStdout())
		},
	}
	r.client.lister = "pitboss top"
	r.client.flags(c.Flags())
	c.Flags().StringVar(&r.room, "room", "", "`id` of the room")
	c.Flags().Uint64Var(&r.at, "at", 0, "`sequence` of the event after which the state is shown; 0: before the first")
	c.Flags().BoolVar(&r.reveal, "reveal", false, "what the seats see too; needs the admin token, or a loopback server without one")
	c.Flags().BoolVar(&r.json, "json", false, "print JSON: an event per line, or the state")
	return c
}

type replay struct {
	client       client
	room         string
	at           uint64
	reveal, json bool
}

// get asks for something of the room.
func (r *replay) get(ctx context.Context, what string, query url.Values, answer any) error {
	if r.reveal {
		query.Set("reveal", "true")
	}
	return r.client.do(ctx, http.MethodGet, "/api/v1/rooms/"+url.PathEscape(r.room)+"/"+what, query, answer)
}

func (r *replay) state(ctx context.Context, w io.Writer) error {
	var text json.RawMessage
	if err := r.get(ctx, "state", url.Values{"at": {strconv.FormatUint(r.at, 10)}}, &text); err != nil {
		return err
	}
	var shown bytes.Buffer
	indent := json.Indent
	if r.json {
		indent = func(dst *bytes.Buffer, src []byte, _, _ string) error { return json.Compact(dst, src) }
	}
	if err := indent(&shown, text, "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, shown.String())
	return err
}

// journal prints the events, a page at a time.
func (r *replay) journal(ctx context.Context, w io.Writer) error {
	colour := isTerminal(w) && os.Getenv("NO_COLOR") == ""
	for since := uint64(0); ; {
		var page struct {
			Events []json.RawMessage `json:"events"`
			Next   uint64            `json:"next"`
		}
		if err := r.get(ctx, "journal", url.Values{"since": {strconv.FormatUint(since, 10)}, "limit": {"5000"}}, &page); err != nil {
			return err
		}
		for _, text := range page.Events {
			if err := r.print(w, text, colour); err != nil {
				return err
			}
		}
		if since = page.Next; since == 0 {
			return nil
		}
	}
}

func (r *replay) print(w io.Writer, text []byte, colour bool) error {
	if r.json {
		_, err := fmt.Fprintf(w, "%s\n", text)
		return err
	}
	var e struct {
		tailLine
		RoomSeq uint64          `json:"room_seq"`
		Secret  json.RawMessage `json:"secret"`
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	e.Seq, e.Room = e.RoomSeq, ""
	e.write(w, colour)
	if len(e.Secret) > 0 {
		fmt.Fprintf(w, "%s%s\n", "                     secret ", printable(string(e.Secret)))
	}
	return nil
}
