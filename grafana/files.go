package grafana

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File is one file of the set.
type File struct {
	// Path is relative to the folder that the set is written to, with slashes.
	Path string
	Data []byte
}

// Files returns the whole set. Equal configurations give equal bytes.
func Files(c Config) ([]File, error) {
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("grafana: %w", err)
	}
	var files []File
	for _, b := range boards() {
		data, err := b.json(c.Runbooks)
		if err != nil {
			return nil, fmt.Errorf("grafana: dashboard %s: %w", b.uid, err)
		}
		files = append(files, File{"grafana/dashboards/" + b.uid + ".json", data})
	}
	for _, f := range []struct {
		path    string
		content any
	}{
		{"grafana/provisioning/dashboards/pitboss.yaml", c.dashboardProvider()},
		{"grafana/provisioning/datasources/pitboss.yaml", c.datasources()},
		{"prometheus/prometheus.yml", c.prometheus()},
		{"prometheus/rules/pitboss-recording.yml", ruleFile{recordings()}},
		{"prometheus/rules/pitboss-alerts.yml", ruleFile{c.alerts()}},
	} {
		data, err := toYAML(f.content)
		if err != nil {
			return nil, fmt.Errorf("grafana: %s: %w", f.path, err)
		}
		files = append(files, File{f.path, data})
	}
	return files, nil
}

// Write puts files into a folder, which it makes if need be, and replaces those
// that are there. Each file is replaced as a whole: a Grafana that reads the
// folder meanwhile never sees half of one.
func Write(folder string, files []File) error {
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f.Path))
		if err := writeFile(path, f.Data); err != nil {
			return fmt.Errorf("grafana: %w", err)
		}
	}
	return nil
}

// writeFile lets others read: they run Grafana and Prometheus.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".pitboss-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(temporary.Name()))
	}
	return err
}

// toJSON writes one line per field, so that changes read well in a review.
func toJSON(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	return append(data, '\n'), err
}
