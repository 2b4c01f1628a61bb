package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/grafana"
)

// dashboardsCommand writes what an operator puts around a server. It needs none
// that runs.
func dashboardsCommand() *cobra.Command {
	var (
		out    string
		config grafana.Config
	)
	c := &cobra.Command{
		Use:   "dashboards --out DIR",
		Short: "Write Grafana dashboards, Prometheus rules, and the files by which both find them",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return &usageError{&pitboss.FieldError{Field: "out", Value: out, Allowed: "a folder, which is made if it is not there"}}
			}
			files, err := grafana.Files(config)
			if err != nil {
				return &usageError{err}
			}
			if err := grafana.Write(out, files); err != nil {
				return errors.Join(err, errors.New("--out must be a folder that can be written"))
			}
			for _, f := range files {
				fmt.Fprintln(c.OutOrStdout(), filepath.Join(out, filepath.FromSlash(f.Path)))
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&out, "out", "", "`folder` to write to")
	f.StringSliceVar(&config.Targets, "target", nil, "`host:port` where Prometheus finds a server; may be given again (default 127.0.0.1:8080)")
	f.DurationVar(&config.Interval, "interval", 0, "how `often` Prometheus scrapes (default 15s)")
	f.StringVar(&config.Runbooks, "runbooks", "", "`address` of the page that alerts link to (default the project's)")
	f.StringVar(&config.Dashboards, "dashboards", "", "`folder` where Grafana will find the dashboards (default /var/lib/grafana/dashboards/pitboss)")
	return c
}
