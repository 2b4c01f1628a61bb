package main

import (
	"bytes"
	"strings"
	"testing"
)

// Whoever asks for what is not there is told on one line what is, and exit
// status 2 tells a script.
func TestWrongUsageSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		want string // of the line on standard error
	}{
		{"serv", `has no command "serv"; did you mean serve? pitboss --help`},
		{"dance", `has no command "dance"; pitboss --help`},
		{"dlq shw", `did you mean show? pitboss dlq --help`},
		{"completion fish2", `did you mean fish?`},
		{"completion bash x", `takes flags only, not "x"; pitboss completion bash --help`},
		{"help nonsense", `has no command "nonsense"; pitboss --help`},
		{"help dlq shw", `did you mean show?`},
		{"tail --since x", `since: "x" is not allowed; want a whole number, zero or more`},
		{"dlq list --older-than soon", `older-than: "soon" is not allowed; want a time such as 30s`},
		{"loadtest --rooms many", `rooms: "many" is not allowed; want a whole number`},
		{"tail extra", `takes flags only, not "extra"; pitboss tail --help`},
		{"tail --tpe x", `unknown flag: --tpe; pitboss tail --help`},
		{"tail --count -1", `count: -1 is not allowed`},
		{"replay", `pitboss top lists them`},
		{"dlq purge", `or --all for every dead letter`},
		{"loadtest --report /nowhere/report.json", `a file that can be written`},
		{"console --target http://127.0.0.1:9 --listen 0.0.0.0:1", `a loopback address`},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), strings.Fields(c.args), &out, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%s: exit %d, %q; want %q", c.args, code, &errs, c.want)
		}
		if strings.Count(errs.String(), "\n") != 1 || out.Len() > 0 {
			t.Errorf("%s: more than a line:\n%s%s", c.args, &errs, &out)
		}
	}
	for _, topic := range []string{"dlq purge", "completion zsh", "exit-codes"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"help"}, strings.Fields(topic)...), &out, &errs); code != exitOK || out.Len() == 0 {
			t.Errorf("help %s: exit %d, %q", topic, code, &errs)
		}
	}
	for _, group := range []string{"", "dlq", "completion"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), strings.Fields(group), &out, &errs); code != exitOK || !strings.Contains(out.String(), "Available Commands") {
			t.Errorf("%q: exit %d, %q%q", group, code, &out, &errs)
		}
	}
}
