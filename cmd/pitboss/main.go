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
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(serveCommand(), consoleCommand(), topCommand(), tailCommand(), replayCommand(), dlqCommand(),
		dashboardsCommand(), loadtestCommand(), versionCommand(), exitCodes())
	root.InitDefaultCompletionCmd(args...)
	root.InitDefaultHelpCmd()
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
