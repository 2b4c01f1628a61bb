package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pitboss-dev/pitboss"
)

// usageError is a fault of whoever called the command.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// askOfGroups has commands that only hold others refuse what they do not hold,
// and show what they do when nothing is asked. Those that came with the library
// take no arguments either.
func askOfGroups(c *cobra.Command) {
	switch {
	case c.HasSubCommands():
		c.Args, c.RunE = knownCommand, func(c *cobra.Command, _ []string) error { return c.Help() }
		for _, sub := range c.Commands() {
			askOfGroups(sub)
		}
	case c.Name() == "help":
		c.Args = knownTopic
	case c.Parent().Name() == "completion":
		c.Args = noArguments
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

// knownTopic refuses help on what there is not.
func knownTopic(help *cobra.Command, args []string) error {
	c, rest, err := help.Root().Find(args)
	if err != nil {
		return &usageError{err}
	}
	return knownCommand(c, rest)
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{fmt.Errorf("%s takes flags only, not %q; %s --help lists them", c.CommandPath(), args[0], c.CommandPath())}
}

// allowed is what a flag of each type takes.
var allowed = map[string]string{
	"bool": "true or false", "int": "a whole number", "uint64": "a whole number, zero or more", "duration": "a time such as 30s, 5m or 24h",
}

// wrongFlag tells what a flag takes, or where the flags are listed.
func wrongFlag(c *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if want, ok := allowed[invalid.GetFlag().Value.Type()]; ok {
			return &usageError{&pitboss.FieldError{Field: invalid.GetFlag().Name, Value: invalid.GetValue(), Allowed: want}}
		}
	}
	return &usageError{fmt.Errorf("%w; %s --help lists the flags", err, c.CommandPath())}
}
