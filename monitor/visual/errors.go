package visual

import (
	"cmp"
	"slices"
	"time"
)

// Heatmap is what went wrong in which state: Errors are the server's and the
// games' faults, Rejections the actions that were refused.
type Heatmap struct {
	header
	States     []string `json:"states"`
	Errors     []string `json:"errors"`
	Cells      []Cell   `json:"cells"`
	Rejections []Cell   `json:"rejections"`
	Total      uint64   `json:"total"`
}

// Cell is how often one kind of error occurred in a state. Absent cells are
// zero.
type Cell struct {
	State string    `json:"state"`
	Error string    `json:"error"`
	Count uint64    `json:"count"`
	Last  time.Time `json:"last"`
}

// Errors returns the heatmap, sorted by state and error.
func (v *Visual) Errors() Heatmap {
	h := Heatmap{States: []string{}, Errors: []string{}}
	h.header, _ = v.header("error_heatmap")
	errors, rejections := make(cells), make(cells)
	v.commits.Lock()
	defer v.commits.Unlock()
	for _, n := range v.nodes {
		h.States = append(h.States, n.name)
		errors.add(n.name, n.errors)
		rejections.add(n.name, n.rejections)
	}
	slices.Sort(h.States)
	h.Cells, h.Rejections = errors.sorted(), rejections.sorted()
	for i := range h.Cells {
		h.Total += h.Cells[i].Count
		h.Errors = append(h.Errors, h.Cells[i].Error)
	}
	slices.Sort(h.Errors)
	h.Errors = slices.Compact(h.Errors)
	return h
}

// cells are by state and error.
type cells map[[2]string]Cell

func (c cells) add(state string, faults []fault) {
	for _, f := range faults {
		key := [2]string{state, f.name}
		cell := c[key]
		cell.State, cell.Error, cell.Count = state, f.name, cell.Count+f.count
		if f.last.After(cell.Last) {
			cell.Last = f.last.UTC()
		}
		c[key] = cell
	}
}

func (c cells) sorted() []Cell {
	list := make([]Cell, 0, len(c))
	for _, cell := range c {
		list = append(list, cell)
	}
	slices.SortFunc(list, func(a, b Cell) int { return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Error, b.Error)) })
	return list
}
