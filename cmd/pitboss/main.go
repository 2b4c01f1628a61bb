// Command pitboss runs rooms of games and shows what happens in them. It is the
// only place that wires the parts together.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitFailure) // a second signal means now
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// exitCodes is a page of help.
func exitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit status means",
		Long: `The exit status of every command:

  0  it did what it was asked: a server was told to stop and drained, a screen
     was left by the user, a list was printed, even if it is empty
  1  it could not: no answer from the server, refused by it, not drained within
     the grace time, a part failed; also a second signal, which ends at once
  2  it was asked for what makes no sense: an unknown command or flag, a setting
     that is not allowed. One line names the setting, the value and what is
     allowed, or what to do next

What went wrong is one line on standard error, which begins with "pitboss:".
Standard output holds the result only.`,
	}
}

// usageError is a fault of whoever called the command.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// run is the command without its process: it ends when ctx does, and returns the
// exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "pitboss",
		Short:         "Rooms of turn-based games, carried by queues and seen in full",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &usageError{fmt.Errorf("%w; %s --help lists the flags", err, c.CommandPath())}
	})
	root.AddCommand(serveCommand(), consoleCommand(), topCommand(), tailCommand(), replayCommand(), dlqCommand(),
		dashboardsCommand(), loadtestCommand(), versionCommand(), exitCodes())
	root.InitDefaultCompletionCmd(args...)
	askOfGroups(root)

	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "pitboss:", strings.ReplaceAll(err.Error(), "\n", "; "))
	if _, usage := errors.AsType[*usageError](err); usage {
		return exitUsage
	}
	return exitFailure
}

// askOfGroups has commands that only hold others refuse what they do not hold,
// and show what they do when nothing is asked.
func askOfGroups(c *cobra.Command) {
	if c.HasSubCommands() {
		c.Args, c.RunE = knownCommand, func(c *cobra.Command, _ []string) error { return c.Help() }
		for _, sub := range c.Commands() {
			askOfGroups(sub)
		}
	}
}

func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := c.CommandPath() + " --help lists them"
	if c.SuggestionsMinimumDistance = 2; len(c.SuggestionsFor(args[0])) > 0 {
		hint = "did you mean " + strings.Join(c.SuggestionsFor(args[0]), " or ") + "? " + hint
	}
	return &usageError{fmt.Errorf("%s has no command %q; %s", c.CommandPath(), args[0], hint)}
}
