package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"

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

// dashboardsArchive answers with all of these files as a zip archive, made for a
// Prometheus that finds the server where the request did.
func dashboardsArchive(w http.ResponseWriter, r *http.Request) {
	files, err := grafana.Files(grafana.Config{Targets: []string{r.Host}})
	if err != nil { // a host without a port: its operator knows better
		files, err = grafana.Files(grafana.Config{})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var into bytes.Buffer
	z := zip.NewWriter(&into)
	for _, f := range files {
		file, err := z.Create("pitboss-dashboards/" + f.Path)
		if err == nil {
			_, err = file.Write(f.Data)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	_ = z.Close() // memory does not fail
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="pitboss-dashboards.zip"`)
	w.Header().Set("Content-Length", strconv.Itoa(into.Len()))
	_, _ = w.Write(into.Bytes()) // the client has gone: nobody to tell
}
