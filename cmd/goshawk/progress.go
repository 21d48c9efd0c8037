package main

import (
	"fmt"
	"io"
	"time"
)

// progress tells the person in front of a long command how far it is: a line
// that changes in a terminal, else a new line now and then.
type progress struct {
	w        io.Writer
	terminal bool
	every    time.Duration
	next     time.Time
	shown    bool
}

func newProgress(a *app) *progress {
	p := &progress{w: a.Stderr, terminal: isTerminal(a.Stderr), every: 10 * time.Second}
	if p.terminal {
		p.every = 200 * time.Millisecond
	}
	p.next = time.Now().Add(p.every)
	return p
}

// show prints what text returns, unless it did so a moment ago.
func (p *progress) show(text func() string) {
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next, p.shown = now.Add(p.every), true
	if p.terminal {
		_, _ = fmt.Fprintf(p.w, "\r\x1b[K%s", text()) // progress that can't be shown stops nothing
		return
	}
	_, _ = fmt.Fprintln(p.w, text())
}

// end clears what show left in a terminal.
func (p *progress) end() {
	if p.shown && p.terminal {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
	}
}
