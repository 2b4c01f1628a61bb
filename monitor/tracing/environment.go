package tracing

import (
	"context"
	"os"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/pitboss-dev/pitboss"
)

// The variables that are read here. OpenTelemetry's packages read the others:
// headers, certificates and timeouts of exporters, the sampler, the limits of
// spans, the pace of batches, the resource.
const (
	envDisabled       = "OTEL_SDK_DISABLED"
	envExporter       = "OTEL_TRACES_EXPORTER"
	envEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	envTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	envProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	envTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
)

// fromEnvironment returns the provider that the environment describes, or nil
// if it describes none.
func fromEnvironment(ctx context.Context, c *Config) (*exportingProvider, error) {
	on, err := asked()
	if err != nil || !on {
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
