package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

const deadLetterPath = "/api/v1/deadletters"

// dlqCommand looks into the dead letters of a running server, and disposes of
// them.
func dlqCommand() *cobra.Command {
	var d dlq
	c := &cobra.Command{
		Use:   "dlq",
		Short: "Dead letters: list, show, retry, recover, purge",
	}
	d.client.lister = "pitboss dlq list"
	d.client.flags(c.PersistentFlags())
	c.PersistentFlags().BoolVar(&d.json, "json", false, "print JSON")
	c.AddCommand(d.listCommand(), d.showCommand(), d.retryCommand(), d.recoverCommand(), d.purgeCommand())
	return c
}

type dlq struct {
	client client
	json   bool
	filter deadletter.Filter
	dry    bool
	all    bool
}

func (d *dlq) filters(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&d.filter.Queue, "queue", "", "only of this queue")
	f.StringVar((*string)(&d.filter.Reason), "reason", "", "only for this reason")
	f.DurationVar(&d.filter.OlderThan, "older-than", 0, "only what was given up on so long ago, such as 24h")
}

// bulk are the flags of commands that change what a filter chooses.
func (d *dlq) bulk(c *cobra.Command) {
	d.filters(c)
	c.Flags().BoolVar(&d.dry, "dry-run", false, "only say how many it would be")
	c.Flags().BoolVar(&d.all, "all", false, "all of them, where nothing else is named")
}

// chosen refuses to change everything by omission.
func (d *dlq) chosen() (url.Values, error) {
	if err := d.filter.Validate(); err != nil {
		return nil, &usageError{err}
	}
	query := d.filter.Query()
	if len(query) == 0 && !d.all && !d.dry {
		return nil, &usageError{errors.New("name an id, --queue, --reason or --older-than; or --all for every dead letter")}
	}
	if d.dry {
		query.Set("dry_run", "true")
	}
	return query, nil
}

func (d *dlq) listCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "List dead letters, newest first", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := d.filter.Validate(); err != nil {
				return &usageError{err}
			}
			var list struct {
				deadletter.Page
				Counts []deadletter.Count `json:"counts"`
				Total  int                `json:"total"`
			}
			if err := d.client.do(c.Context(), http.MethodGet, deadLetterPath, d.filter.Query(), &list); err != nil {
				return err
			}
			if d.json {
				return printJSON(c.OutOrStdout(), list)
			}
			return printEntries(c.OutOrStdout(), list.Entries, list.Total)
		},
	}
	d.filters(c)
	c.Flags().IntVar(&d.filter.Limit, "limit", 0, "how many at the most (100)")
	return c
}

func printEntries(w io.Writer, entries []deadletter.Entry, total int) error {
	if total == 0 {
		_, err := fmt.Fprintln(w, "no dead letters")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tQUEUE\tREASON\tAGE\tATTEMPTS\tKEY\tERROR")
	for i := range entries {
		e := &entries[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", printable(e.ID), printable(e.Queue), printable(string(e.Reason)),
			time.Since(e.At).Round(time.Second), len(e.Attempts), printable(e.Key), oneLine(e.Error))
	}
	fmt.Fprintf(t, "%d of %d\n", len(entries), total)
	return t.Flush()
}

// oneLine keeps a list a list: errors can carry stacks, and what strangers sent.
func oneLine(text string) string {
	const most = 80
	line, _, more := strings.Cut(text, "\n")
	if r := []rune(line); len(r) > most {
		line, more = string(r[:most]), true
	}
	if more {
		line += "…"
	}
	return printable(line)
}

func (d *dlq) showCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one dead letter with every attempt", Args: oneID,
		RunE: func(c *cobra.Command, args []string) error {
			return d.entry(c, http.MethodGet, "/"+url.PathEscape(args[0]))
		},
	}
}

func (d *dlq) recoverCommand() *cobra.Command {
	return &cobra.Command{
		Use: "recover ID", Short: "Take one dead letter out and print it", Args: oneID,
		RunE: func(c *cobra.Command, args []string) error {
			return d.entry(c, http.MethodPost, "/"+url.PathEscape(args[0])+"/recover")
		},
	}
}

// entry prints the one dead letter that the server answers with. It has too many
// fields for anything but JSON.
func (d *dlq) entry(c *cobra.Command, method, path string) error {
	var e deadletter.Entry
	if err := d.client.do(c.Context(), method, deadLetterPath+path, nil, &e); err != nil {
		return err
	}
	return printJSON(c.OutOrStdout(), e)
}

func (d *dlq) retryCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "retry [ID]", Short: "Put dead letters back where they came from", Args: atMostOneID,
		RunE: func(c *cobra.Command, args []string) error { return d.change(c, args, "retry", "retried") },
	}
	d.bulk(c)
	return c
}

func (d *dlq) purgeCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "purge [ID]", Short: "Remove dead letters for good", Args: atMostOneID,
		RunE: func(c *cobra.Command, args []string) error { return d.change(c, args, "purge", "purged") },
	}
	d.bulk(c)
	return c
}

// change does something to the one dead letter that is named, or to all that the
// filter chooses.
func (d *dlq) change(c *cobra.Command, args []string, verb, done string) error {
	if len(args) == 1 {
		return d.changeOne(c, args[0], verb, done)
	}
	query, err := d.chosen()
	if err != nil {
		return err
	}
	var answer map[string]any
	if err := d.client.do(c.Context(), http.MethodPost, deadLetterPath+"/"+verb, query, &answer); err != nil {
		return err
	}
	n, _ := answer[done].(float64)
	return d.report(c.OutOrStdout(), done, int(n))
}

func (d *dlq) changeOne(c *cobra.Command, id, verb, done string) error {
	if len(d.filter.Query()) > 0 || d.all || d.dry {
		return &usageError{errors.New("an id stands alone: without --queue, --reason, --older-than, --all and --dry-run")}
	}
	var answer struct{}
	if err := d.client.do(c.Context(), http.MethodPost, deadLetterPath+"/"+url.PathEscape(id)+"/"+verb, nil, &answer); err != nil {
		return err
	}
	return d.report(c.OutOrStdout(), done, 1)
}

func (d *dlq) report(w io.Writer, done string, n int) error {
	if d.json {
		return printJSON(w, map[string]any{done: n, "dry_run": d.dry})
	}
	if d.dry {
		done = "would be " + done
	}
	_, err := fmt.Fprintf(w, "%d %s\n", n, done)
	return err
}

func oneID(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &usageError{&pitboss.FieldError{Field: "id", Value: strings.Join(args, " "), Allowed: "one ID, as dlq list shows them"}}
	}
	return nil
}

func atMostOneID(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return oneID(c, args)
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
