package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

func TestBadConfigurationIsOneLine(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pitboss.yaml")
	if err := os.WriteFile(file, []byte("tabels: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	nested := filepath.Join(t.TempDir(), "nested.yaml")
	if err := os.WriteFile(nested, []byte("config: other.yaml\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want []string // what the line names
	}{
		{[]string{"--tables", "x"}, []string{"tables", `"x"`, "whole number"}},
		{[]string{"--tables", "-1"}, []string{"tables", "-1"}},
		{[]string{"--pace", "fast"}, []string{"pace", `"fast"`, "400ms"}},
		{[]string{"--seed", "lucky"}, []string{"seed", `"lucky"`}},
		{[]string{"--games", "5"}, []string{"games", "5", "tables"}},
		{[]string{"--store", "nats://"}, []string{"store", "nats://"}},
		{[]string{"--store", "disk"}, []string{"store", `"disk"`, "memory, embedded"}},
		{[]string{"--durability", "some"}, []string{"durability", "process or disk"}},
		{[]string{"--listen", "8080"}, []string{"listen", `"8080"`, "host:port"}},
		{[]string{"--listen", "0.0.0.0:0"}, []string{"listen", "0.0.0.0:0", "admin-token"}},
		{[]string{"--listen", ":0"}, []string{"listen", "admin-token"}},
		{[]string{"--log-level", "loud"}, []string{"log-level", `"loud"`, "debug or info"}},
		{[]string{"--log-format", "xml"}, []string{"log-format", "text or json"}},
		{[]string{"--results", "/nowhere/at/all"}, []string{"results", "/nowhere/at/all"}},
		{[]string{"--config", "/nowhere.yaml"}, []string{"config", "/nowhere.yaml"}},
		{[]string{"--config", file}, []string{"config", "tabels"}},
		{[]string{"--tables", "x", "--pace", "y"}, []string{"tables", "pace"}}, // all at once
		{[]string{"--faults", "bot-tasks=2"}, []string{"faults", "bot-tasks=2", "from 0 to 1"}},
		{[]string{"--faults", "gremlins=1"}, []string{"faults", "gremlins", "stuck-rooms"}},
		{[]string{"--environment", "a\nb"}, []string{"environment", "one line"}},
		{[]string{"--keep", "long"}, []string{"keep", `"long"`, "2s"}},
		{[]string{"--keep-rooms", "-1", "--keep-mib", "x"}, []string{"keep-rooms", "keep-mib", "whole number"}},
		{[]string{"--admin-token", " "}, []string{"admin-token", "blanks"}},
		{[]string{"--admin-token", "a\nb"}, []string{"admin-token", "control"}},
		{[]string{"--config", nested}, []string{"config", `"config"`}},
		{[]string{"--wat"}, []string{"wat"}},
		{[]string{"stray"}, []string{"stray"}},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), append([]string{"serve"}, c.args...), &stdout, &stderr)
		line := stderr.String()
		if code != exitUsage || strings.Count(line, "\n") != 1 || stdout.Len() > 0 {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want exit 2 and one line", c.args, code, stdout.String(), line)
		}
		for _, want := range c.want {
			if !strings.Contains(line, want) {
				t.Errorf("%v: %q does not say %q", c.args, line, want)
			}
		}
	}
}

func TestSettingsRank(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pitboss.yaml")
	if err := os.WriteFile(file, []byte("tables: 1\ngames: 1\nseed: 1\npace: 1s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := func() []string {
		return []string{"PITBOSS_TABLES=2", "PITBOSS_GAMES=2", "PITBOSS_ADMIN_TOKEN=s3cret", "PITBOSS_CONFIG=" + file, "PITBOSS_ELSE=x", "PITBOSS_LOG_LEVEL=WARN", "HOME=/"}
	}
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	defineFlags(flags)
	if err := flags.Parse([]string{"--tables", "3", "--listen", "0.0.0.0:0"}); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(flags, environ)
	if err != nil {
		t.Fatal(err)
	}
	if c.tables != 3 || c.games != 2 || c.seed != 1 || c.pace != time.Second || c.adminToken != "s3cret" || c.grace != 10*time.Second || c.logLevel != slog.LevelWarn {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(c.strangers, []string{"PITBOSS_ELSE"}) {
		t.Errorf("%q name no setting", c.strangers)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if code := run(t.Context(), []string{"version"}, &out, &out); code != exitOK || !strings.HasPrefix(out.String(), "pitboss ") {
		t.Errorf("exit %d, %q", code, out.String())
	}
	if code := run(t.Context(), []string{"dance"}, &out, &out); code != exitUsage {
		t.Errorf("an unknown command: exit %d", code)
	}
}

// The outputs of the reference implementation for seed 1234567.
func TestGameSeedIsSplitMix64(t *testing.T) {
	t.Parallel()
	for i, want := range []uint64{
		6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
	} {
		if got := gameSeed(1234567, i+1); got != want {
			t.Errorf("output %d is %d, want %d", i+1, got, want)
		}
	}
}
