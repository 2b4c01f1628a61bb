package tracing

import (
	"context"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/pitboss-dev/pitboss"
)

// The variables that are read here. OpenTelemetry's packages read the others:
// headers, certificates and timeouts of exporters, the limits of spans, the pace
// of batches, the resource; the sampler is only checked here.
const (
	envDisabled       = "OTEL_SDK_DISABLED"
	envExporter       = "OTEL_TRACES_EXPORTER"
	envEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	envTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	envProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	envTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	envSampler        = "OTEL_TRACES_SAMPLER"
	envSamplerArg     = "OTEL_TRACES_SAMPLER_ARG"
)

// fromEnvironment returns the provider that the environment describes, or nil
// if it describes none.
func fromEnvironment(ctx context.Context, c *Config) (*exportingProvider, error) {
	on, err := asked()
	if err != nil || !on {
		return nil, err
	}
	if err := checked(); err != nil {
		return nil, err
	}
	// Later detectors win, so that the environment has the last word.
	about, err := resource.New(ctx, resource.WithSchemaURL(conventions), resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(resourceAttributes(c.Service, c.Version)...), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	exporter, err := exporterFor(ctx) // last, because it runs once it is made
	if err != nil {
		return nil, err
	}
	telling := &loggingExporter{SpanExporter: exporter, log: c.Log, ended: make(chan struct{})}
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(about), sdktrace.WithBatcher(telling))
	return &exportingProvider{TracerProvider: provider, exporter: telling}, nil
}

// asked reports whether spans are to be exported.
func asked() (bool, error) {
	if strings.EqualFold(os.Getenv(envDisabled), "true") {
		return false, nil
	}
	switch name := os.Getenv(envExporter); name {
	case "none":
		return false, nil
	case "otlp":
		return true, nil
	case "":
		return os.Getenv(envEndpoint) != "" || os.Getenv(envTracesEndpoint) != "", nil
	default:
		return false, &pitboss.FieldError{Field: envExporter, Value: name, Allowed: "otlp or none"}
	}
}

// checked refuses what OpenTelemetry's packages would put a default in the place
// of: spans would go elsewhere, or all of them, and nobody be told but by a line
// among the first ones of the log.
func checked() error {
	var faults pitboss.FieldErrors
	for _, field := range []string{envEndpoint, envTracesEndpoint} {
		value := strings.TrimSpace(os.Getenv(field))
		if value != "" && !isAddress(value) {
			shown := value[strings.LastIndex(value, "@")+1:] // without a password
			faults.Add(field, shown, "an address such as http://127.0.0.1:4318")
		}
	}
	sampler, share := strings.ToLower(strings.TrimSpace(os.Getenv(envSampler))), strings.TrimSpace(os.Getenv(envSamplerArg))
	switch {
	case sampler != "" && !slices.Contains(samplers, sampler):
		faults.Add(envSampler, sampler, strings.Join(samplers, ", "))
	case share != "" && strings.HasSuffix(sampler, "traceidratio"):
		if ratio, err := strconv.ParseFloat(share, 64); err != nil || !(ratio >= 0 && ratio <= 1) { // nor what is not a number
			faults.Add(envSamplerArg, share, "a share from 0 to 1")
		}
	}
	return faults.Err()
}

// isAddress wants a scheme and something to find behind it. In host:port the host
// is taken for the scheme, where it can be read at all.
func isAddress(text string) bool {
	at, err := url.Parse(text)
	return err == nil && at.Scheme != "" && (at.Host != "" || at.Path != "")
}

var samplers = []string{
	"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
}

func exporterFor(ctx context.Context) (sdktrace.SpanExporter, error) {
	field := envTracesProtocol
	protocol := os.Getenv(field)
	if protocol == "" {
		field = envProtocol
		protocol = os.Getenv(field)
	}
	switch protocol {
	case "grpc":
		return otlptracegrpc.New(ctx)
	case "", "http/protobuf":
		return otlptracehttp.New(ctx)
	}
	return nil, &pitboss.FieldError{Field: field, Value: protocol, Allowed: "grpc or http/protobuf"}
}
