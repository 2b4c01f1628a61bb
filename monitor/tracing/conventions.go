package tracing

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// The names in spans are OpenTelemetry's, of its semantic conventions for
// messaging: a span is called "{operation} {destination}", who sends is a
// producer and who processes a consumer. This file holds all that depends on
// their version; what they have no word for begins with "pitboss.".

// conventions is their version.
const conventions = semconv.SchemaURL

const (
	sending    = "send "
	processing = "process "
)

// websocket is the destination that players' frames come from and go to.
const websocket = "websocket"

const (
	keyOfMessage = attribute.Key("pitboss.message.key")
	waitKey      = attribute.Key("pitboss.message.wait") // s, without the delay that was asked for
	delayKey     = attribute.Key("pitboss.message.delay")
	attemptKey   = attribute.Key("pitboss.message.attempt")
	ownPrefix    = "pitboss."
)

func sendAttributes(destination string) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.MessagingSystemKey.String("pitboss"), semconv.MessagingDestinationName(destination),
		semconv.MessagingOperationName("send"), semconv.MessagingOperationTypeSend,
	}
}

func processAttributes(destination string) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.MessagingSystemKey.String("pitboss"), semconv.MessagingDestinationName(destination),
		semconv.MessagingOperationName("process"), semconv.MessagingOperationTypeProcess,
	}
}

func conversation(id string) attribute.KeyValue { return semconv.MessagingMessageConversationID(id) }
func messageID(id string) attribute.KeyValue    { return semconv.MessagingMessageID(id) }
func bodySize(bytes int) attribute.KeyValue     { return semconv.MessagingMessageBodySize(bytes) }
func batchSize(n int) attribute.KeyValue        { return semconv.MessagingBatchMessageCount(n) }

// failed says why a span's work failed.
func failed(span trace.Span, why, kind string) {
	span.SetStatus(codes.Error, why)
	span.SetAttributes(semconv.ErrorTypeKey.String(kind))
}

// resourceAttributes name the program.
func resourceAttributes(service, version string) []attribute.KeyValue {
	named := []attribute.KeyValue{semconv.ServiceName(service)}
	if version != "" {
		named = append(named, semconv.ServiceVersion(version))
	}
	return named
}
