package pitboss

// Router finds the handlers of a message. Package route has routers by topic,
// pattern, name and content, and makes a [Handler] of any of them.
//
// Route appends the handlers of m to into, in the order in which they are to
// run, and returns it; none if it knows nobody for m. It must be safe for
// concurrent use and must not keep m or into.
type Router[T any] interface {
	Route(m *Message[T], into []Handler[T]) []Handler[T]
}
