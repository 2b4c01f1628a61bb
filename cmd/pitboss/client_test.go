package main

import (
	"bytes"
	"strings"
	"testing"
)

// Every command that talks to a server says in one line what is wrong with
// --url, and keeps a password in it to itself.
func TestClientsAndTheirAddress(t *testing.T) {
	t.Parallel()
	r := serveHere(t)
	for _, command := range []string{"tail --count 1", "top --once", "replay --room mine", "dlq list", "loadtest --rooms 1 --duration 1s"} {
		for _, c := range []struct {
			url  string
			code int
			want string
		}{
			{"here", exitUsage, `url: "here" is not allowed; want an address such as http://127.0.0.1:8080`},
			{"ftp://x", exitUsage, `url: "ftp://x" is not allowed`},
			{"http://", exitUsage, `url: "http://" is not allowed`},
			{"", exitUsage, `url: "" is not allowed`},
			{"http://ann:hunter2@127.0.0.1:1", exitFailure, "no answer from http://ann:xxxxx@127.0.0.1:1"},
			{r.url + "/elsewhere", exitFailure, "there is nothing at /elsewhere/api/v1/"},
		} {
			var out, errs bytes.Buffer
			code := run(t.Context(), append(strings.Fields(command), "--url", c.url), &out, &errs)
			line := errs.String()
			if code != c.code || !strings.Contains(line, c.want) || strings.Count(line, "\n") != 1 || strings.Contains(line, "hunter2") {
				t.Errorf("%s --url %q: exit %d, %q; want exit %d and %q", command, c.url, code, line, c.code, c.want)
			}
		}
	}
	r.stop()
	r.wait(t)
}

// What lists things is no hint for whoever asks at the wrong address.
func TestAWrongPathIsNoMissingThing(t *testing.T) {
	t.Parallel()
	r := serveHere(t)
	var out, errs bytes.Buffer
	run(t.Context(), []string{"dlq", "list", "--url", r.url + "/elsewhere"}, &out, &errs)
	if want := "is " + r.url + "/elsewhere the address of pitboss (--url)?"; !strings.Contains(errs.String(), want) || strings.Contains(errs.String(), "lists") {
		t.Errorf("%q, want %q", &errs, want)
	}
	r.stop()
	r.wait(t)
}
