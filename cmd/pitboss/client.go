package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/pitboss-dev/pitboss"
)

// client talks to a running server.
type client struct {
	url   string
	token string
	// lister is the command that lists what there is; empty: there is none.
	lister string
}

const defaultURL = "http://127.0.0.1:8080"

func (c *client) flags(f *pflag.FlagSet) {
	f.StringVar(&c.url, "url", defaultURL, "the running server")
	f.StringVar(&c.token, "admin-token", os.Getenv("PITBOSS_ADMIN_TOKEN"), "the server's admin token (PITBOSS_ADMIN_TOKEN)")
	// A default that is a secret is not shown in the help.
	f.Lookup("admin-token").DefValue = ""
}

// answerLimit is the longest answer that is read, in bytes.
const answerLimit = 64 << 20

// base is the server's address.
func (c *client) base() (*url.URL, error) {
	base, err := url.Parse(c.url)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, &usageError{&pitboss.FieldError{Field: "url", Value: c.url, Allowed: "an address such as " + defaultURL}}
	}
	return base, nil
}

// where is the address for people to read, without a password.
func (c *client) where() string {
	base, err := c.base()
	if err != nil {
		return c.url
	}
	return base.Redacted()
}

// do sends a request and decodes the answer. What the server has against it
// becomes the error.
func (c *client) do(ctx context.Context, method, path string, query url.Values, answer any) error {
	base, err := c.base()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	target := base.JoinPath(path)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), http.NoBody)
	if err != nil {
		return err
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return fmt.Errorf("no answer from %s: %w; is it running there, or elsewhere (--url)?", c.where(), err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err != nil {
		return fmt.Errorf("answer of %s: %w", c.where(), err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return c.refused(response, text)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("answer of %s is not pitboss's: %w", c.where(), err)
	}
	return nil
}

// refused is what a problem document says, and what to do next.
func (c *client) refused(r *http.Response, text []byte) error {
	var problem struct {
		Detail string `json:"detail"`
		Code   string `json:"code"`
		Errors []struct {
			Field   string `json:"field"`
			Value   any    `json:"value"`
			Allowed string `json:"allowed"`
		} `json:"errors"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // to be shown as it was sent
	if err := d.Decode(&problem); err != nil || problem.Detail == "" {
		problem.Detail = r.Status
	}
	switch r.StatusCode {
	case http.StatusUnauthorized:
		if c.token != "" {
			problem.Detail = "the admin token is not that of " + c.where()
		}
		problem.Detail += " (--admin-token, or PITBOSS_ADMIN_TOKEN)"
	case http.StatusNotFound:
		switch {
		case problem.Code == "": // not even the path is there
			problem.Detail += "; is " + c.where() + " the address of pitboss (--url)?"
		case c.lister != "":
			problem.Detail += "; " + c.lister + " lists what there is"
		}
	case http.StatusBadRequest:
		var faults pitboss.FieldErrors
		for _, e := range problem.Errors {
			faults.Add(e.Field, unquoted(e.Value), e.Allowed)
		}
		if err := faults.Err(); err != nil {
			return &usageError{err}
		}
		return &usageError{errors.New(problem.Detail)}
	}
	return errors.New(strings.TrimSpace(problem.Detail))
}

// unquoted has a number shown as one: to Go, it is a text.
func unquoted(value any) any {
	number, ok := value.(json.Number)
	if !ok {
		return value
	}
	if n, err := number.Int64(); err == nil {
		return n
	}
	n, _ := number.Float64()
	return n
}
