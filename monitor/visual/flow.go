package visual

import "slices"

// Flow is the ways that games take, ready for a Sankey diagram: the links form
// no circle. Links that lead back are apart.
type Flow struct {
	header
	Nodes []FlowNode `json:"nodes"`
	Links []FlowLink `json:"links"`
	// Loops are the links to a state that comes no later.
	Loops []FlowLink `json:"loops"`
}

// FlowNode is a state; Depth is its column, from 0.
type FlowNode struct {
	Name  string `json:"name"`
	Depth int    `json:"depth"`
}

// FlowLink is how often games went from one state to another.
type FlowLink struct {
	Source string `json:"source"`
	Target string `json:"target"`
	Value  uint64 `json:"value"`
}

// Flow returns the transitions so far. A state's depth is the fewest steps from
// a state that nothing leads to, or else from the first by name.
func (v *Visual) Flow() Flow {
	diagram := v.Diagram()
	diagram.Type = "flow"
	f := Flow{header: diagram.header, Nodes: []FlowNode{}, Links: []FlowLink{}, Loops: []FlowLink{}}
	depths := depths(&diagram)
	for i := range diagram.Nodes {
		name := diagram.Nodes[i].Name
		f.Nodes = append(f.Nodes, FlowNode{name, depths[name]})
	}
	for i := range diagram.Edges {
		e := &diagram.Edges[i]
		link := FlowLink{e.From, e.To, e.Count}
		if depths[e.From] < depths[e.To] {
			f.Links = append(f.Links, link)
		} else {
			f.Loops = append(f.Loops, link)
		}
	}
	return f
}

// depths walks the diagram in breadth.
func depths(d *Diagram) map[string]int {
	found := make(map[string]int, len(d.Nodes))
	var queue []string
	walk := func(start string) {
		if _, seen := found[start]; seen {
			return
		}
		found[start] = 0
		for queue = append(queue, start); len(queue) > 0; queue = queue[1:] {
			for i := range d.Edges {
				if d.Edges[i].From != queue[0] {
					continue
				}
				if _, seen := found[d.Edges[i].To]; !seen {
					found[d.Edges[i].To] = found[queue[0]] + 1
					queue = append(queue, d.Edges[i].To)
				}
			}
		}
	}
	entered := func(name string) bool {
		return slices.ContainsFunc(d.Edges, func(t Transition) bool { return t.To == name })
	}
	for i := range d.Nodes {
		if !entered(d.Nodes[i].Name) {
			walk(d.Nodes[i].Name)
		}
	}
	for i := range d.Nodes {
		walk(d.Nodes[i].Name)
	}
	return found
}
