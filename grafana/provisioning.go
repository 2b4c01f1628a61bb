package grafana

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// anchor is how GitHub and most others link to a heading of one word.
func anchor(heading string) string { return strings.ToLower(heading) }

type dashboardProviders struct {
	APIVersion int                 `yaml:"apiVersion"`
	Providers  []dashboardProvider `yaml:"providers"`
}

type dashboardProvider struct {
	Name                  string            `yaml:"name"`
	Folder                string            `yaml:"folder"`
	Type                  string            `yaml:"type"`
	AllowUIUpdates        bool              `yaml:"allowUiUpdates"`
	DisableDeletion       bool              `yaml:"disableDeletion"`
	UpdateIntervalSeconds int               `yaml:"updateIntervalSeconds"`
	Options               map[string]string `yaml:"options"`
}

func (c *Config) dashboardProvider() dashboardProviders {
	return dashboardProviders{1, []dashboardProvider{{
		Name: "pitboss", Folder: "pitboss", Type: "file", UpdateIntervalSeconds: 30,
		Options: map[string]string{"path": c.Dashboards},
	}}}
}

type datasources struct {
	APIVersion  int              `yaml:"apiVersion"`
	Datasources []datasourceFile `yaml:"datasources"`
}

type datasourceFile struct {
	Name      string         `yaml:"name"`
	UID       string         `yaml:"uid"`
	Type      string         `yaml:"type"`
	Access    string         `yaml:"access"`
	URL       string         `yaml:"url"`
	IsDefault bool           `yaml:"isDefault,omitempty"`
	JSONData  map[string]any `yaml:"jsonData,omitempty"`
}

// tracesUID is how an exemplar's trace is found.
const tracesUID = "pitboss-traces"

// exemplarTrace is the label of exemplars that holds their trace.
const exemplarTrace = "trace_id"

func (c *Config) datasources() datasources {
	return datasources{1, []datasourceFile{
		{
			Name: "pitboss metrics", UID: "pitboss-metrics", Type: "prometheus", Access: "proxy", URL: c.Prometheus, IsDefault: true,
			JSONData: map[string]any{
				"httpMethod":   "POST",
				"timeInterval": span(c.Interval).String(), // what $__rate_interval comes from
				"exemplarTraceIdDestinations": []map[string]string{
					{"name": exemplarTrace, "datasourceUid": tracesUID, "urlDisplayLabel": "Open the trace"},
				},
			},
		},
		{Name: "pitboss traces", UID: tracesUID, Type: "tempo", Access: "proxy", URL: c.Traces},
	}}
}

type prometheusFile struct {
	Global        prometheusGlobal   `yaml:"global"`
	RuleFiles     []string           `yaml:"rule_files"`
	Alerting      prometheusAlerting `yaml:"alerting"`
	Storage       prometheusStorage  `yaml:"storage"`
	ScrapeConfigs []scrapeConfig     `yaml:"scrape_configs"`
}

type prometheusGlobal struct {
	ScrapeInterval     span `yaml:"scrape_interval"`
	ScrapeTimeout      span `yaml:"scrape_timeout"`
	EvaluationInterval span `yaml:"evaluation_interval"`
}

type prometheusAlerting struct {
	Alertmanagers []staticTargets `yaml:"alertmanagers"`
}

type staticTargets struct {
	StaticConfigs []staticConfig `yaml:"static_configs"`
}

type staticConfig struct {
	Targets []string `yaml:"targets"`
}

type prometheusStorage struct {
	Exemplars struct {
		MaxExemplars int `yaml:"max_exemplars"`
	} `yaml:"exemplars"`
}

type scrapeConfig struct {
	JobName       string         `yaml:"job_name"`
	StaticConfigs []staticConfig `yaml:"static_configs"`
}

// prometheus is read by every version since 2.42: what only Prometheus 3 knows
// is in a comment, because older ones refuse a file with words they do not know.
func (c *Config) prometheus() annotated {
	f := prometheusFile{
		Global: prometheusGlobal{
			ScrapeInterval: span(c.Interval), ScrapeTimeout: span(min(c.Interval, maxScrape)), EvaluationInterval: span(c.Interval),
		},
		RuleFiles:     []string{"rules/pitboss-*.yml"},
		Alerting:      prometheusAlerting{[]staticTargets{{[]staticConfig{{[]string{c.Alertmanager}}}}}},
		ScrapeConfigs: []scrapeConfig{{c.Job, []staticConfig{{c.Targets}}}},
	}
	f.Storage.Exemplars.MaxExemplars = 100_000
	return annotated{f, `Exemplars, the links from curves to traces, are kept by Prometheus only with
--enable-feature=exemplar-storage.

Prometheus 3 can take native histograms as well; the dashboards need the
classic ones beside them. Add to the job below:

  scrape_native_histograms: true
  always_scrape_classic_histograms: true`}
}

// maxScrape is how long a scrape may take: Prometheus' own default.
const maxScrape = 10 * time.Second

// annotated is a document with a comment on top.
type annotated struct {
	content any
	comment string
}

// MarshalYAML implements [yaml.Marshaler].
func (a annotated) MarshalYAML() (any, error) {
	var n yaml.Node
	if err := n.Encode(a.content); err != nil {
		return nil, err
	}
	n.HeadComment = a.comment
	return &n, nil
}
