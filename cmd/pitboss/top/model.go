package top

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Source asks the server. It must honour the context.
type Source func(ctx context.Context) (*Snapshot, error)

// Every is how often the server is asked.
const Every = time.Second

// Run shows the server full screen until q is pressed or ctx ends.
func Run(ctx context.Context, source Source, url string, plain bool, options ...tea.ProgramOption) error {
	// What waits for the next tick ends with the program.
	ticking, stop := context.WithCancel(ctx)
	defer stop()
	m := model{wait: func() tea.Msg { return tickAfter(ticking, Every) }, snap: &Snapshot{URL: url}, plain: plain, ask: func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		snap, err := source(ctx)
		return asked{snap, err}
	}}
	_, err := tea.NewProgram(m, append(options, tea.WithContext(ctx), tea.WithFPS(10))...).Run()
	if err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

type model struct {
	ask, wait     tea.Cmd
	snap          *Snapshot
	err           error
	plain, paused bool
	offset        int
	width, height int
}

// Messages of the model.
type (
	asked struct {
		snap *Snapshot
		err  error
	}
	tick struct{}
)

func (m model) Init() tea.Cmd { return m.ask }

func tickAfter(ctx context.Context, d time.Duration) tea.Msg {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return tick{}
	case <-ctx.Done():
		return nil
	}
}

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case asked:
		if m.err = msg.err; msg.err == nil && !m.paused {
			m.snap = msg.snap
		}
		return m, m.wait
	case tick:
		if m.paused {
			return m, m.wait
		}
		return m, m.ask
	case tea.KeyPressMsg:
		return m.key(msg.String())
	}
	return m, nil
}

func (m model) key(name string) (tea.Model, tea.Cmd) {
	last := max(len(m.snap.Rooms.Rooms)-1, 0)
	switch name {
	case "q", "esc", "ctrl+c":
		return m, tea.Quit
	case "p", "space":
		m.paused = !m.paused
	case "j", "down":
		m.offset = min(m.offset+1, last)
	case "k", "up":
		m.offset = max(m.offset-1, 0)
	case "pgdown", "ctrl+d":
		m.offset = min(m.offset+m.height/2, last)
	case "pgup", "ctrl+u":
		m.offset = max(m.offset-m.height/2, 0)
	case "g", "home":
		m.offset = 0
	case "G", "end":
		m.offset = last
	}
	return m, nil
}

func (m model) View() tea.View {
	note := "q quit   p pause   j k scroll   g G first, last"
	switch {
	case m.err != nil:
		note = m.err.Error()
	case m.paused:
		note = "PAUSED   p goes on"
	}
	s := Screen{Width: m.width, Height: m.height, Plain: m.plain, Offset: m.offset, Note: note, Now: time.Now()}
	v := tea.NewView("")
	if m.width > 0 {
		v.Content = s.Draw(m.snap)
	}
	v.AltScreen = true
	v.WindowTitle = "pitboss top"
	return v
}
