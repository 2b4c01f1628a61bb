// Package tracing makes OpenTelemetry traces of what one cause brought about: a
// player's frame, the command that it became, its wait in the queue, its
// handling with the decision, the writing of the journal and each observer,
// the write to each recipient, the bots' tasks that it set off, and their
// commands in turn. The parts of a trace may be in different goroutines and
// processes: the context travels in messages' headers as W3C has it.
//
// Nothing that is traced knows OpenTelemetry. [Queue] and [Handler] are put
// around queues and handlers from outside, [Tracer.HTTP] around a server, and
// the tracer itself is a room.Tracer and a server.Tracer. [correlation] carries
// the span of the moment as text, for events, log lines and messages.
//
// # Configuration
//
// OpenTelemetry's own variables say where spans go. With neither
// OTEL_EXPORTER_OTLP_ENDPOINT nor OTEL_EXPORTER_OTLP_TRACES_ENDPOINT nor
// OTEL_TRACES_EXPORTER=otlp the tracer is off: decorators return what they were
// given, and spans are not made.
//
// # What is guaranteed
//
//   - Spans never wait for their collector: what its queue cannot take is
//     dropped.
//   - A message that nobody traced begins a trace where it is handled; sending
//     it makes no span of its own. So a timer begins a trace when it fires.
//   - A chain of causes without end, as bots make who play among themselves, is
//     cut: after [Config.MaxHops] messages a new trace begins, with a link to
//     the one before.
//
// # Sampling
//
// OTEL_TRACES_SAMPLER decides when a trace begins, and for all of it: messages
// of a trace that is not recorded make no spans, whichever the sampler. A
// decision made that early cannot favour the traces that will fail or be slow,
// and a process that looked back at its own spans would see only its part of a
// trace. Keeping those is therefore left to the collector, which sees whole
// traces: send it everything and configure its tail_sampling processor;
// docs/monitoring.md has an example. The span of a frame lasts until its
// answer, so its length is what the player felt.
package tracing
