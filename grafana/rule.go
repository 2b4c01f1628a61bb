package grafana

import (
	"bytes"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// ruleFile, group and rule are Prometheus' own format of rules.
type ruleFile struct {
	Groups []group `yaml:"groups"`
}

type group struct {
	Name  string `yaml:"name"`
	Rules []rule `yaml:"rules"`
}

// rule is a recording rule or an alert.
type rule struct {
	Record      string            `yaml:"record,omitempty"`
	Alert       string            `yaml:"alert,omitempty"`
	Expr        string            `yaml:"expr"`
	For         span              `yaml:"for,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

// span is a time in Prometheus' words, which know whole milliseconds.
type span time.Duration

// MarshalYAML implements [yaml.Marshaler].
func (s span) MarshalYAML() (any, error) { return s.String(), nil }

// String picks the largest unit that divides it.
func (s span) String() string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d := time.Duration(s); d >= unit.size && d%unit.size == 0 {
			return fmt.Sprint(int64(d/unit.size), unit.name)
		}
	}
	return fmt.Sprint(time.Duration(s).Milliseconds(), "ms")
}

func toYAML(v any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	err := e.Close()
	return b.Bytes(), err
}
