package run

import (
	"errors"
	"maps"
	"sort"
	"sync"
)

// Health knows which parts of a process are ready to work. Parts report
// themselves with Set when something changes, or are asked each time through
// Check. It is safe for concurrent use; the zero value has no parts and is
// ready.
type Health struct {
	mu     sync.Mutex // protects state and checks; a name is in one of them
	state  map[string]error
	checks map[string]func() error
}

// errStarting is the state of a part that was announced and has not reported.
var errStarting = errors.New("starting")

// Expect announces a part that will report later; until it does, the process is
// not ready. A part that has reported keeps its state.
func (h *Health) Expect(names ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range names {
		_, reported := h.state[name]
		if _, checked := h.checks[name]; !reported && !checked {
			h.setLocked(name, errStarting)
		}
	}
}

// Set records that the part called name is ready (nil) or why it is not.
func (h *Health) Set(name string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.setLocked(name, err)
}

func (h *Health) setLocked(name string, err error) {
	delete(h.checks, name)
	if h.state == nil {
		h.state = make(map[string]error)
	}
	h.state[name] = err
}

// Check makes Report ask check for the state of the part called name, whatever it
// was before. The function must answer at once and be safe for concurrent use.
func (h *Health) Check(name string, check func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.state, name)
	if h.checks == nil {
		h.checks = make(map[string]func() error)
	}
	h.checks[name] = check
}

// Part is the state of one part: Err is nil when it is ready.
type Part struct {
	Name string
	Err  error
}

// Report returns the state of every part, by name, and whether all are ready.
func (h *Health) Report() ([]Part, bool) {
	h.mu.Lock()
	parts := make([]Part, 0, len(h.state)+len(h.checks))
	for name, err := range h.state {
		parts = append(parts, Part{name, err})
	}
	checks := maps.Clone(h.checks)
	h.mu.Unlock()
	// Checks run without the mutex: one may itself report with Set.
	for name, check := range checks {
		parts = append(parts, Part{name, check()})
	}
	sort.Slice(parts, func(i, j int) bool { return parts[i].Name < parts[j].Name })
	for _, p := range parts {
		if p.Err != nil {
			return parts, false
		}
	}
	return parts, true
}
