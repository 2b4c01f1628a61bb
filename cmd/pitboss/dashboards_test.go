package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/grafana"
)

func TestDashboardsWritesAndLists(t *testing.T) {
	out := filepath.Join(t.TempDir(), "deploy", "pitboss")
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"dashboards", "--out", out}, &stdout, &stderr); code != exitOK {
		t.Fatalf("status %d: %s", code, &stderr)
	}
	files, err := grafana.Files(grafana.Config{})
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	if len(listed) != len(files) {
		t.Fatalf("%d files, listed %q", len(files), listed)
	}
	for i, f := range files {
		data, err := os.ReadFile(listed[i])
		if err != nil || !bytes.Equal(data, f.Data) {
			t.Errorf("%s is not %s: %v", listed[i], f.Path, err)
		}
	}
}

func TestDashboardsRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"no folder", nil, exitUsage, []string{"out", "a folder"}},
		{"a file in its place", []string{"--out", file}, exitFailure, []string{file, "--out must be a folder that can be written"}},
		{"a folder of the system", []string{"--out", "/proc/pitboss"}, exitFailure, []string{"/proc/pitboss"}},
		{"a target without a port", []string{"--out", t.TempDir(), "--target", "here"}, exitUsage, []string{"target", "here", "host:port"}},
		{"too rarely", []string{"--out", t.TempDir(), "--interval", "1h"}, exitUsage, []string{"interval", "1h", "1m"}},
		{"an argument", []string{"there"}, exitUsage, []string{"there"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), append([]string{"dashboards"}, c.args...), &stdout, &stderr)
			if code != c.code || stdout.Len() > 0 {
				t.Errorf("status %d, stdout %q", code, &stdout)
			}
			for _, word := range c.says {
				if !strings.Contains(stderr.String(), word) {
					t.Errorf("%q does not say %q", &stderr, word)
				}
			}
			if strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("not one line: %q", &stderr)
			}
		})
	}
}

// A running server hands out the same files, for itself.
func TestDashboardsDownload(t *testing.T) {
	t.Parallel()
	r := serveHere(t)
	response, text := requestAs(t, "GET", r.url+"/api/v1/dashboards")
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil || response.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("%d %v %v", response.StatusCode, response.Header, err)
	}
	files, err := grafana.Files(grafana.Config{})
	if err != nil || len(z.File) != len(files) {
		t.Fatalf("%d files, want %d %v", len(z.File), len(files), err)
	}
	found := false
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		found = found || strings.Contains(string(text), strings.TrimPrefix(r.url, "http://"))
	}
	if !found {
		t.Errorf("no file names %s", r.url)
	}
}
