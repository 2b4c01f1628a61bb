package grafana_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/grafana"
)

var update = flag.Bool("update", false, "write the golden files anew")

const golden = "testdata/golden"

// What the code makes is in the repository, so that a review sees what a change
// does to the dashboards.
func TestFilesAreGolden(t *testing.T) {
	files := mustFiles(t)
	if *update {
		if err := os.RemoveAll(golden); err != nil {
			t.Fatal(err)
		}
		if err := grafana.Write(golden, files); err != nil {
			t.Fatal(err)
		}
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
		want, err := os.ReadFile(filepath.Join(golden, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Errorf("%v; go test ./grafana -update writes it", err)
			continue
		}
		if !bytes.Equal(f.Data, want) {
			t.Errorf("%s has changed; go test ./grafana -update, and look at the difference", f.Path)
		}
	}
	if there := tree(t, golden); !slices.Equal(there, sorted(paths)) {
		t.Errorf("golden files %q, made %q", there, paths)
	}
}

func TestWriteReplacesWhole(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "folder")
	for _, text := range []string{"first, and longer", "second"} {
		if err := grafana.Write(folder, []grafana.File{{Path: "a/b.json", Data: []byte(text)}}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(folder, "a", "b.json"))
		if err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if there := tree(t, folder); !slices.Equal(there, []string{"a/b.json"}) {
		t.Errorf("left behind: %q", there)
	}
}

func TestWriteTellsWhereItCannot(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := grafana.Write(blocked, []grafana.File{{Path: "a/b.json"}})
	if err == nil || !strings.Contains(err.Error(), blocked) {
		t.Errorf("got %v", err)
	}
	// A folder in a file's place stays, and nothing half-made is left beside it.
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "b.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := grafana.Write(folder, []grafana.File{{Path: "b.json"}}); err == nil {
		t.Error("replaced a folder")
	}
	if there := tree(t, folder); len(there) != 0 {
		t.Errorf("left behind: %q", there)
	}
}

func TestConfigTellsAllFaults(t *testing.T) {
	bad := grafana.Config{
		Targets: []string{"nowhere"}, Job: `a"b`, Interval: time.Hour, Runbooks: "runbooks.md",
		Prometheus: "9090", Traces: "ftp://x", Alertmanager: ":",
	}
	_, err := grafana.Files(bad)
	for _, field := range []string{"target", "job", "interval", "runbooks", "prometheus", "traces", "alertmanager"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not told: %v", field, err)
		}
	}
	if _, ok := errors.AsType[*pitboss.FieldError](err); !ok {
		t.Errorf("%T is not a field's fault", err)
	}
	if _, again := grafana.Queries(bad); again == nil {
		t.Error("Queries took it")
	}
}

func mustFiles(t *testing.T) []grafana.File {
	t.Helper()
	files, err := grafana.Files(grafana.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// tree lists the files in a folder, sorted, with slashes.
func tree(t *testing.T, folder string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			path, err = filepath.Rel(folder, path)
			paths = append(paths, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sorted(paths)
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
