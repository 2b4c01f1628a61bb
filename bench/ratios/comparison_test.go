package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// results has three repetitions, so that a median is not a mean.
const results = `goos: linux
BenchmarkHandover/flow=1P1C/impl=pitboss-2   1000   90 ns/op   0 B/op   0 allocs/op
BenchmarkHandover/flow=1P1C/impl=pitboss-2   1000   80 ns/op   0 B/op   0 allocs/op
BenchmarkHandover/flow=1P1C/impl=pitboss-2   1000   900 ns/op   0 B/op   0 allocs/op
BenchmarkHandover/flow=1P1C/impl=channel-2   1000   60 ns/op   0 B/op   0 allocs/op
`

func TestRun(t *testing.T) {
	const ours = `"job":"Handover/flow=1P1C","ours":"pitboss"`
	cases := map[string]struct {
		list          string
		check, record bool
		want          string // part of the table
		wantErr       string // part of the error; empty: none
		wantList      string // part of the list afterwards
	}{
		"goal met":         {list: `[{` + ours + `,"peer":"channel","goal":1.5}]`, want: "pitboss 90 ns  channel 60 ns  1.5    <= 1.5  yes"},
		"goal missed":      {list: `[{` + ours + `,"peer":"channel","goal":1.4}]`, want: "<= 1.4  no"},
		"no peer":          {list: `[{` + ours + `,"unit":"allocs/op","goal":0}]`, want: "0 allocs/op  -     0      <= 0  yes"},
		"not measured":     {list: `[{` + ours + `,"peer":"nobody","goal":1}]`, want: "not measured"},
		"within the slack": {list: `[{` + ours + `,"peer":"channel","goal":9,"recorded":1.21}]`, check: true},
		"a quarter worse":  {list: `[{` + ours + `,"peer":"channel","goal":9,"recorded":1.19}]`, check: true, wantErr: "ratio 1.5 is more than a quarter worse than the recorded 1.19"},
		"check on nothing": {list: `[{` + ours + `,"peer":"nobody","goal":9,"recorded":1}]`, check: true, wantErr: "not measured"},
		"never recorded":   {list: `[{` + ours + `,"peer":"channel","goal":9}]`, check: true, wantErr: "nothing recorded"},
		"zero recorded":    {list: `[{` + ours + `,"unit":"allocs/op","goal":0,"recorded":0}]`, check: true},
		"record":           {list: `[{` + ours + `,"peer":"channel","goal":9}]`, record: true, wantList: `"recorded":1.5}`},
		"record keeps":     {list: `[{` + ours + `,"peer":"nobody","goal":9,"recorded":7}]`, record: true, wantList: `"recorded":7}`},
		"malformed list":   {list: `{`, wantErr: "list.json"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := write(t, "list.json", c.list)
			var out bytes.Buffer
			err := run(&out, list, write(t, "results.out", results), c.check, c.record)
			switch {
			case c.wantErr == "" && err != nil:
				t.Fatal(err)
			case c.wantErr != "" && (err == nil || !strings.Contains(err.Error(), c.wantErr)):
				t.Fatalf("error %v, want one with %q", err, c.wantErr)
			}
			if !strings.Contains(out.String(), c.want) {
				t.Errorf("table\n%s\nwithout %q", &out, c.want)
			}
			if after, _ := os.ReadFile(list); !strings.Contains(string(after), c.wantList) {
				t.Errorf("list\n%s\nwithout %q", after, c.wantList)
			}
		})
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
