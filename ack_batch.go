package pitboss

import "errors"

// BatchAcker is an [Ender] that acknowledges many deliveries through one lock
// or one round trip.
type BatchAcker[T any] interface {
	AckBatch(deliveries []Delivery[T]) error
}

// AckBatch acknowledges all the deliveries, at once where their queue can. It
// returns the faults joined; one delivery's fault does not keep the others from
// being acknowledged.
func AckBatch[T any](deliveries []Delivery[T]) error {
	if len(deliveries) == 0 {
		return nil
	}
	if acker, ok := deliveries[0].ender.(BatchAcker[T]); ok {
		return acker.AckBatch(deliveries)
	}
	var faults []error
	for i := range deliveries {
		if err := deliveries[i].Ack(); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Bound returns what d was bound to, for a queue that ends deliveries of its own
// in bulk.
func (d *Delivery[T]) Bound() (Ender, uint64) { return d.ender, d.token }
