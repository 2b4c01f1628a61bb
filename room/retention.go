package room

// Sizer is a [Journal] that knows how many bytes a room's records take, zero for
// a room that this host neither took nor made.
type Sizer interface {
	Size(room string) int64
}

// oversized takes out of the finished rooms those for which Config.RetainBytes
// leaves no place. It needs h.mu.
func (h *Host) oversized() (forgotten []string) {
	journal, ok := h.journal.(Sizer)
	if !ok || h.config.RetainBytes == 0 {
		return nil
	}
	total := int64(0)
	for _, ids := range h.finished {
		for _, id := range ids {
			total += journal.Size(id)
		}
	}
	for class := range h.finished {
		forgotten = append(forgotten, h.forgetFinished(class, func(id string) bool {
			over := total > h.config.RetainBytes
			total -= journal.Size(id)
			return over
		})...)
	}
	return forgotten
}
