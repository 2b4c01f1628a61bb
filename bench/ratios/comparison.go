package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/perf/benchfmt"
)

// slack is how much worse than recorded a ratio may be: a shared machine moves
// it by more than a tenth from run to run.
const slack = 1.25

// comparison is a line of ratios.json: our figure divided by a peer's. Less is
// better.
type comparison struct {
	// Job is the benchmark's name without Benchmark and without the impl part.
	Job string `json:"job"`
	// Ours and Peer are values of impl. Without a peer the ratio is our figure
	// itself, which suits allocations.
	Ours string `json:"ours"`
	Peer string `json:"peer,omitempty"`
	// Unit is as benchstat prints it. Empty: sec/op.
	Unit string `json:"unit,omitempty"`
	// Goal is the largest ratio that we are content with.
	Goal float64 `json:"goal"`
	// Recorded is the ratio to hold later runs against; nil before the first.
	Recorded *float64 `json:"recorded,omitempty"`

	ours, peer float64 // the medians measured now; NaN where there are none
}

// sample names a series of measurements of one figure.
type sample struct{ job, impl, unit string }

func readSamples(reader *benchfmt.Reader) (map[sample][]float64, error) {
	samples := make(map[sample][]float64)
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, record
		case *benchfmt.Result:
			job, impl := split(record.Name)
			for _, v := range record.Values {
				key := sample{job, impl, v.Unit}
				samples[key] = append(samples[key], v.Value)
			}
		}
	}
	return samples, reader.Err()
}

// split takes the implementation out of a benchmark's name, and leaves out the
// number of processors.
func split(name benchfmt.Name) (job, impl string) {
	base, parts := name.Parts()
	job = string(base)
	for _, part := range parts {
		text := string(part)
		if value, ok := strings.CutPrefix(text, "/impl="); ok {
			impl = value
		} else if !strings.HasPrefix(text, "-") {
			job += text
		}
	}
	return job, impl
}

func (c *comparison) measure(samples map[sample][]float64) {
	c.ours = median(samples[sample{c.Job, c.Ours, c.unit()}])
	c.peer = 1
	if c.Peer != "" {
		c.peer = median(samples[sample{c.Job, c.Peer, c.unit()}])
	}
}

func (c *comparison) unit() string {
	if c.Unit == "" {
		return "sec/op"
	}
	return c.Unit
}

// ratio is NaN when one of the two was not measured.
func (c *comparison) ratio() float64 { return c.ours / c.peer }

// record keeps what was measured, to three digits; what was not stays.
func (c *comparison) record() {
	ratio := c.ratio()
	if math.IsNaN(ratio) {
		return
	}
	if ratio != 0 {
		digits := math.Pow(10, 2-math.Floor(math.Log10(ratio)))
		ratio = math.Round(ratio*digits) / digits
	}
	c.Recorded = &ratio
}

// regression says what is wrong with the ratio, or nil. What was not measured or
// never recorded is wrong too, or the check could pass on nothing.
func (c *comparison) regression() error {
	ratio := c.ratio()
	name := strings.TrimSpace(fmt.Sprintf("%s: %s %s", c.Job, c.Ours, c.Peer))
	switch {
	case math.IsNaN(ratio):
		return fmt.Errorf("%s: not measured", name)
	case c.Recorded == nil:
		return fmt.Errorf("%s: nothing recorded; run make bench-record", name)
	case ratio > *c.Recorded*slack:
		return fmt.Errorf("%s: ratio %.3g is more than a quarter worse than the recorded %.3g", name, ratio, *c.Recorded)
	}
	return nil
}

func regressions(comparisons []comparison) error {
	var faults []error
	for i := range comparisons {
		faults = append(faults, comparisons[i].regression())
	}
	return errors.Join(faults...)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

func printTable(out io.Writer, comparisons []comparison) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "job\tours\tpeer\tratio\tgoal\tmet?\trecorded")
	for i := range comparisons {
		c := &comparisons[i]
		met, recorded := "no", "-"
		switch ratio := c.ratio(); {
		case math.IsNaN(ratio):
			met = "not measured"
		case ratio <= c.Goal:
			met = "yes"
		}
		if c.Recorded != nil {
			recorded = fmt.Sprintf("%.3g", *c.Recorded)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t<= %s\t%s\t%s\n", c.Job, figure(c.Ours, c.ours, c.unit()),
			figure(c.Peer, c.peer, c.unit()), factor(c.ratio()), factor(c.Goal), met, recorded)
	}
	// A failed write to standard output has nobody left to be told.
	_ = table.Flush()
}

// figure shows an implementation and what it was measured at.
func figure(impl string, value float64, unit string) string {
	switch {
	case impl == "":
		return "-"
	case math.IsNaN(value):
		return impl
	case unit == "sec/op":
		return fmt.Sprintf("%s %.4g ns", impl, value*1e9)
	}
	return fmt.Sprintf("%s %.4g %s", impl, value, unit)
}

// factor shows a ratio, and a small one also the way people say it.
func factor(ratio float64) string {
	if math.IsNaN(ratio) {
		return "-"
	}
	if ratio > 0 && ratio < 0.5 {
		return fmt.Sprintf("%.3g (%.3gx faster)", ratio, 1/ratio)
	}
	return fmt.Sprintf("%.3g", ratio)
}
