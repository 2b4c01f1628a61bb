package correlation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/pitboss-dev/pitboss/correlation"
)

func TestWellFormed(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"":                       false,
		"a":                      true,
		"A-z_0.9:x":              true,
		"two words":              false,
		"line\nbreak":            false,
		"ünïcode":                false,
		`quote"`:                 false,
		strings.Repeat("x", 128): true,
		strings.Repeat("x", 129): false,
		correlation.New():        true,
	} {
		if correlation.WellFormed(id) != want {
			t.Errorf("WellFormed(%q) = %v", id, !want)
		}
		if got := correlation.Accept(id); want && got != id || !correlation.WellFormed(got) {
			t.Errorf("Accept(%q) = %q", id, got)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	if id := correlation.From(ctx); id != "" {
		t.Errorf("a bare context carries %q", id)
	}
	if correlation.With(ctx, "") != ctx {
		t.Error("an empty ID makes a new context")
	}
	ctx, id := correlation.Ensure(ctx)
	if id == "" || correlation.From(ctx) != id {
		t.Errorf("Ensure gave %q, context has %q", id, correlation.From(ctx))
	}
	if _, again := correlation.Ensure(ctx); again != id {
		t.Errorf("Ensure replaced %q by %q", id, again)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if d := correlation.Detach(cancelled); d.Err() != nil || correlation.From(d) != id {
		t.Errorf("detached: %v, %q", d.Err(), correlation.From(d))
	}
}

func TestLogHandler(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(correlation.LogHandler(slog.NewTextHandler(&out, nil))).With("part", "test")
	log.InfoContext(correlation.With(t.Context(), "c1"), "with")
	log.Info("without")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if !strings.Contains(lines[0], "correlation_id=c1") || !strings.Contains(lines[0], "part=test") {
		t.Errorf("%s", lines[0])
	}
	if strings.Contains(lines[1], "correlation_id") {
		t.Errorf("%s", lines[1])
	}
}

// A group that is open does not swallow the ID: it stays where a search for it
// looks.
func TestLogHandlerKeepsTheIDOutOfGroups(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	base := slog.New(correlation.LogHandler(slog.NewTextHandler(&out, nil))).With("part", "test")
	grouped := base.WithGroup("room").With("id", "r1")
	twice := grouped.WithGroup("seat").With("no", 2)
	other := grouped.WithGroup("bot") // shares what twice has noted, and must not change it
	ctx := correlation.With(t.Context(), "c1")
	for log, want := range map[*slog.Logger]string{
		base:                   "msg=m part=test n=1 correlation_id=c1",
		grouped:                "msg=m part=test correlation_id=c1 room.id=r1 room.n=1",
		twice:                  "msg=m part=test correlation_id=c1 room.id=r1 room.seat.no=2 room.seat.n=1",
		other:                  "msg=m part=test correlation_id=c1 room.id=r1 room.bot.n=1",
		grouped.WithGroup(""):  "msg=m part=test correlation_id=c1 room.id=r1 room.n=1",
		base.WithGroup("last"): "msg=m part=test correlation_id=c1 last.n=1",
	} {
		out.Reset()
		log.InfoContext(ctx, "m", "n", 1)
		if got := strings.TrimSpace(out.String()); !strings.HasSuffix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// It is a handler as the standard library wants one.
func TestLogHandlerConforms(t *testing.T) {
	t.Parallel()
	var out *bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out = new(bytes.Buffer)
		return correlation.LogHandler(slog.NewJSONHandler(out, nil))
	}, func(t *testing.T) map[string]any {
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		return line
	})
}
