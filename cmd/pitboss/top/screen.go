package top

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
)

// Screen is how a snapshot looks on so many columns and lines. The smallest
// that shows everything of use is 80 by 24.
type Screen struct {
	Width, Height int
	// Plain leaves out colours and weights.
	Plain bool
	// Offset is how many rooms were scrolled past.
	Offset int
	// Note stands in the last line: what is wrong, or what the keys do.
	Note string
	// Now is the time that ages count to.
	Now time.Time
}

// Draw returns Height lines of at most Width columns.
func (s Screen) Draw(snap *Snapshot) string {
	var b page
	b.limit = max(s.Height-1, 1)
	s.head(&b, snap)
	s.states(&b, snap)
	s.queues(&b, snap)
	s.rooms(&b, snap)
	for len(b.lines) < b.limit {
		b.lines = append(b.lines, "")
	}
	b.lines = append(b.lines, s.dim(cut(s.Note, s.Width)))
	return strings.Join(b.lines, "\n")
}

// page takes lines up to its limit.
type page struct {
	lines []string
	limit int
}

func (p *page) add(line string) {
	if len(p.lines) < p.limit {
		p.lines = append(p.lines, line)
	}
}

func (p *page) left() int { return p.limit - len(p.lines) }

func (s Screen) head(b *page, snap *Snapshot) {
	left := fmt.Sprintf("pitboss %s  %s  up %s  store %s", snap.Status.Version, snap.URL,
		span(snap.Status.Uptime), snap.Status.Store)
	right := snap.Status.Status
	if age := s.Now.Sub(snap.Time); age > 3*time.Second {
		right = "STALE " + span(age.Seconds())
	}
	b.add(s.bold(cut(left, s.Width-len(right)-2)) + gap(s.Width-len(right)-width(left)) + s.mark(right, right != "ready"))
	sum := &snap.Rooms.Summary
	b.add(cut(fmt.Sprintf("rooms %d (%d active)  people %d  bots %d  connections %d",
		sum.Total, sum.Active, sum.Players, sum.Bots, snap.Status.Connections), s.Width))
	var health []string
	for _, word := range healths {
		if n := sum.Health[word]; n > 0 || word == "healthy" {
			health = append(health, s.mark(fmt.Sprintf("%s %d", word, n), bad(word)))
		}
	}
	b.add("health: " + strings.Join(health, "  "))
	b.add("")
}

// bad says which healths ask for somebody.
func bad(health string) bool {
	return health == "stuck" || health == "critical" || health == "warning"
}

func (s Screen) states(b *page, snap *Snapshot) {
	b.add(s.title("%-16s %7s %9s %9s %11s %8s", "STATE", "ROOMS", "MEAN", "P95", "ENTERED", "ERRORS"))
	for _, n := range snap.Diagram.Nodes {
		line := fmt.Sprintf("%-16s %7d %9s %9s %11d %8d", cut(n.Name, 16), n.Rooms, span(n.Mean), span(n.P95), n.In, n.Errors)
		b.add(s.mark(cut(line, s.Width), n.Errors > 0))
	}
	b.add("")
}

func (s Screen) queues(b *page, snap *Snapshot) {
	b.add(s.title("%-16s %7s %7s %8s %8s %8s %8s %8s", "QUEUE", "READY", "FLIGHT", "DELAYED", "OLDEST", "IN/S", "OUT/S", "LOST"))
	for i := range snap.Status.Queues {
		q := &snap.Status.Queues[i]
		lost := q.Counters.Terminated + q.Counters.Expired + q.Counters.Dropped
		line := fmt.Sprintf("%-16s %7d %7d %8d %8s %8.0f %8.0f %8d", cut(q.Name, 16), q.Ready, q.InFlight, q.Delayed,
			span(q.OldestAge), q.Rates.Enqueued, q.Rates.Acked, lost)
		b.add(s.mark(cut(line, s.Width), lost > 0))
	}
	b.add("")
}

const roomColumns = "%-20s %-13s %-22s %6s %7s %7s"

func (s Screen) rooms(b *page, snap *Snapshot) {
	if b.left() < 2 {
		return
	}
	b.add(s.title(roomColumns, "ROOM", "STATE", "HEALTH", "PEOPLE", "ACTIONS", "QUIET"))
	rooms := worstFirst(snap.Rooms.Rooms)
	if len(rooms) == 0 {
		b.add(s.dim(cut("no rooms yet: pitboss serve --tables 8, or POST /api/v1/rooms", s.Width)))
		return
	}
	from := min(max(s.Offset, 0), max(len(rooms)-1, 0))
	for i := from; i < len(rooms) && b.left() > 0; i++ {
		if rest := len(rooms) - i; b.left() == 1 && rest > 1 {
			b.add(s.dim(fmt.Sprintf("… and %d more (j, k)", rest)))
			return
		}
		r := &rooms[i]
		health := r.Health
		if r.Stuck != nil {
			health += ": " + r.Stuck.Reason
		}
		line := fmt.Sprintf(roomColumns, cut(r.ID, 20), cut(r.State, 13), cut(health, 22),
			strconv.Itoa(r.Players), strconv.Itoa(r.Actions), span(s.Now.Sub(r.Last).Seconds()))
		b.add(s.mark(cut(line, s.Width), bad(r.Health)))
	}
}

func (s Screen) title(format string, columns ...any) string {
	return s.bold(cut(fmt.Sprintf(format, columns...), s.Width))
}

func (s Screen) bold(text string) string { return s.styled(text, lipgloss.NewStyle().Bold(true)) }
func (s Screen) dim(text string) string  { return s.styled(text, lipgloss.NewStyle().Faint(true)) }

// mark makes trouble loud. It is in words too, so that nothing depends on the
// colour.
func (s Screen) mark(text string, trouble bool) string {
	if !trouble {
		return text
	}
	return s.styled(text, lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Red))
}

func (s Screen) styled(text string, style lipgloss.Style) string {
	if s.Plain || text == "" {
		return text
	}
	return style.Render(text)
}

func width(text string) int { return lipgloss.Width(text) }

// cut shortens a text to so many columns, and shows that it did.
func cut(text string, columns int) string {
	if columns < 1 {
		return ""
	}
	if width(text) <= columns {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && width(string(runes)) > columns-1 {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

func gap(columns int) string { return strings.Repeat(" ", max(columns, 1)) }

// span is a duration of seconds in at most six columns.
func span(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < 0:
		return "0"
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}
