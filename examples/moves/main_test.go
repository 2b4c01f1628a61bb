package main

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	want := "green plays GENERAL\nred plays SOLDIER\nred plays HORSE\ngiven up: no such piece (processing_failed)\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}
