// Ratios reads the output of the benchmarks and holds our figures beside those
// of the peers measured in the same run, because a ratio travels between
// machines and a time does not.
//
//	ratios results.out           print the table
//	ratios -check results.out    and fail if one is a quarter worse than recorded
//	ratios -record results.out   and record them in ratios.json
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/perf/benchfmt"
)

func main() {
	check := flag.Bool("check", false, "fail if a ratio is a quarter worse than recorded")
	record := flag.Bool("record", false, "record the measured ratios")
	list := flag.String("list", "ratios.json", "the comparisons, their goals and what was recorded")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, *list, flag.Arg(0), *check, *record); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out io.Writer, list, results string, check, record bool) error {
	comparisons, err := readComparisons(list)
	if err != nil {
		return err
	}
	file, err := os.Open(results)
	if err != nil {
		return err
	}
	samples, err := readSamples(benchfmt.NewReader(file, results))
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	for i := range comparisons {
		comparisons[i].measure(samples)
	}
	printTable(out, comparisons)
	if record {
		return writeComparisons(list, comparisons)
	}
	if check {
		return regressions(comparisons)
	}
	return nil
}

func readComparisons(path string) ([]comparison, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var comparisons []comparison
	if err := json.Unmarshal(text, &comparisons); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return comparisons, nil
}

// writeComparisons puts each on a line of its own, for diffs that read well.
func writeComparisons(path string, comparisons []comparison) error {
	lines := make([]string, len(comparisons))
	for i := range comparisons {
		comparisons[i].record()
		text, err := json.Marshal(comparisons[i])
		if err != nil {
			return err
		}
		lines[i] = "\t" + string(text)
	}
	return os.WriteFile(path, []byte("[\n"+strings.Join(lines, ",\n")+"\n]\n"), 0o644)
}
