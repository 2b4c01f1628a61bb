package tracing

import (
	"context"
	"maps"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

// Queue puts spans around the sending of messages to q, called name, and their
// context into the messages' headers. Whatever else q can do, the result can.
// Where t is off, the result is q.
func Queue[T any](t *Tracer, name string, q pitboss.Queue[T]) pitboss.Queue[T] {
	if !t.Enabled() {
		return q
	}
	s := &sender[T]{Queue: q, tracer: t, name: name, span: sending + name, attributes: sendAttributes(name)}
	batch, batches := q.(pitboss.BatchQueue[T])
	order, orders := q.(pitboss.KeyOrderer)
	inspect, inspects := q.(pitboss.Inspector[T])
	b := batchSender[T]{s, batch}
	switch {
	case batches && orders && inspects:
		return &struct {
			batchSender[T]
			pitboss.KeyOrderer
			pitboss.Inspector[T]
		}{b, order, inspect}
	case batches && orders:
		return &struct {
			batchSender[T]
			pitboss.KeyOrderer
		}{b, order}
	case batches && inspects:
		return &struct {
			batchSender[T]
			pitboss.Inspector[T]
		}{b, inspect}
	case batches:
		return &b
	case orders && inspects:
		return &struct {
			*sender[T]
			pitboss.KeyOrderer
			pitboss.Inspector[T]
		}{s, order, inspect}
	case orders:
		return &struct {
			*sender[T]
			pitboss.KeyOrderer
		}{s, order}
	case inspects:
		return &struct {
			*sender[T]
			pitboss.Inspector[T]
		}{s, inspect}
	}
	return s
}

// sender is a queue that traces what is sent to it.
type sender[T any] struct {
	pitboss.Queue[T]
	tracer     *Tracer
	name, span string
	attributes []attribute.KeyValue
}

// Name is the queue's name, for consumers.
func (s *sender[T]) Name() string { return s.name }

// Enqueue sends m with the context of its own span. What nobody records is sent
// without one: with the trace that it is part of, or else its trace begins where
// it is handled.
func (s *sender[T]) Enqueue(ctx context.Context, m pitboss.Message[T]) (pitboss.Receipt, error) {
	if !recorded(ctx) {
		m.Headers = correlation.Headers(ctx, m.Headers)
		return s.Queue.Enqueue(ctx, m)
	}
	ctx, span := s.tracer.start(ctx, s.span, trace.SpanKindProducer)
	defer span.End()
	m.Headers = inject(m.Headers, span)
	receipt, err := s.Queue.Enqueue(ctx, m)
	if span.IsRecording() {
		span.SetAttributes(s.attributes...)
		describe(span, &m, receipt.Sequence)
		if m.Delay > 0 {
			span.SetAttributes(delayKey.Float64(m.Delay.Seconds()))
		}
	}
	fail(span, err)
	return receipt, err
}

// describe says which message a span is about.
func describe[T any](span trace.Span, m *pitboss.Message[T], sequence uint64) {
	id := m.ID
	if id == "" {
		id = strconv.FormatUint(sequence, 10)
	}
	span.SetAttributes(messageID(id))
	if m.CorrelationID != "" {
		span.SetAttributes(conversation(m.CorrelationID))
	}
	if m.Key != "" {
		span.SetAttributes(keyOfMessage.String(m.Key))
	}
}

// inject returns headers with the span's context. The given ones may be shared.
func inject(headers map[string]string, span trace.Span) map[string]string {
	with := make(map[string]string, len(headers)+2)
	maps.Copy(with, headers)
	sc := hop(span.SpanContext())
	w3c.Inject(trace.ContextWithSpanContext(context.Background(), sc), propagation.MapCarrier(with))
	return with
}

// batchSender traces batches too: one span each.
type batchSender[T any] struct {
	*sender[T]
	batch pitboss.BatchQueue[T]
}

// EnqueueBatch sends the messages with the context of one span.
func (s batchSender[T]) EnqueueBatch(ctx context.Context, messages []pitboss.Message[T]) (int, error) {
	if correlation.Trace(ctx) == "" && !recorded(ctx) {
		return s.batch.EnqueueBatch(ctx, messages)
	}
	if !recorded(ctx) {
		return s.batch.EnqueueBatch(ctx, withHeaders(messages, func(headers map[string]string) map[string]string {
			return correlation.Headers(ctx, headers)
		}))
	}
	ctx, span := s.tracer.start(ctx, s.span, trace.SpanKindProducer)
	defer span.End()
	n, err := s.batch.EnqueueBatch(ctx, withHeaders(messages, func(headers map[string]string) map[string]string {
		return inject(headers, span)
	}))
	if span.IsRecording() {
		span.SetAttributes(s.attributes...)
		span.SetAttributes(batchSize(len(messages)))
		if id := correlation.From(ctx); id != "" {
			span.SetAttributes(conversation(id))
		}
	}
	fail(span, err)
	return n, err
}

// withHeaders returns copies of messages with other headers.
func withHeaders[T any](messages []pitboss.Message[T], headers func(map[string]string) map[string]string) []pitboss.Message[T] {
	with := make([]pitboss.Message[T], len(messages))
	for i := range messages {
		with[i] = messages[i]
		with[i].Headers = headers(messages[i].Headers)
	}
	return with
}

// DequeueBatch is the queue's own.
func (s batchSender[T]) DequeueBatch(ctx context.Context, into []pitboss.Delivery[T]) (int, error) {
	return s.batch.DequeueBatch(ctx, into)
}
