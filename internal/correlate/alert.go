package correlate

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/window"
)

// alertOf says c in the form of an alert.
func (w *watch) alertOf(c *window.Change) alert.Alert {
	a := alert.Alert{
		RuleID: w.meta.ID, RuleName: w.meta.Name, Title: w.meta.Title, Description: w.meta.Description, Level: w.meta.Level,
		Tags: w.meta.Tags, FalsePositives: w.meta.FalsePositives, References: w.meta.References,
		Revision: c.Revision, Closed: c.Kind == window.Closed || c.Kind == window.Withdrawn,
		Time: millis(c.Time), FirstSeen: millis(c.First), LastSeen: millis(c.Last),
		WindowStart: millis(c.WindowStart), WindowEnd: millis(c.WindowEnd), Count: c.Count, Value: finite(c.Value),
	}
	if c.Kind == window.Withdrawn {
		// An alert that stands on a firing that was not one is over and counts
		// nothing.
		a.Count = 0
	}
	for i, name := range w.names {
		if w.alone && c.Group[i] == "" {
			continue
		}
		a.Group = append(a.Group, alert.Group{Name: name, Value: c.Group[i]})
	}
	a.ID = w.alertID(c, a.Group)
	for _, proof := range c.Evidence {
		id, line, _ := strings.Cut(proof, "\n")
		a.Events = append(a.Events, id)
		if line != "" {
			a.Raw = append(a.Raw, line)
		}
	}
	a.Next = w.nextSteps(&a)
	return a
}

// alertID derives the alert's id from rule, group and the window of the anchor,
// which stay the same whatever is learnt of the episode later.
func (w *watch) alertID(c *window.Change, group []alert.Group) string {
	rule := w.meta.ID
	if c.Turn != 0 {
		rule += "#" + strconv.Itoa(c.Turn)
	}
	return alert.NewID(rule, group, millis(c.Anchor-w.spec.Timespan))
}

func millis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// finite keeps an overflown sum from being no number in JSON.
func finite(v float64) float64 { return min(max(v, -math.MaxFloat64), math.MaxFloat64) }

// message returns the alert as the message that carries it.
func alertMessage(a *alert.Alert) (bus.Msg, error) {
	stream, id := "alerts", a.ID
	if a.Revision > 1 {
		stream, id = "updates", a.ID+"-"+strconv.Itoa(a.Revision)
	}
	data, err := json.Marshal(a)
	if err != nil {
		return bus.Msg{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	name := a.RuleName
	if name == "" {
		name = a.RuleID
	}
	return bus.Msg{Subject: stream + "." + a.Level + "." + subjectToken(name), ID: id, Data: data}, nil
}

// maxToken keeps a subject readable.
const maxToken = 128

// subjectToken makes name a single token of a subject.
func subjectToken(name string) string {
	token := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '-'
	}, name)
	if token == "" {
		return "-"
	}
	return token[:min(len(token), maxToken)]
}

// nextSteps fills the rule's commands with the alert's values. A rule without any
// gets a search for each value.
func (w *watch) nextSteps(a *alert.Alert) []string {
	steps := w.next
	if len(steps) == 0 {
		for _, g := range a.Group {
			steps = append(steps, "goshawk search '"+g.Name+":{"+g.Name+"}' --since "+a.FirstSeen.Add(-time.Hour).Format(time.RFC3339))
		}
	}
	var out []string
	for _, step := range steps {
		if filled, ok := fillStep(step, a.Group); ok {
			out = append(out, filled)
		}
	}
	return out
}

// fillStep replaces {name} by the group's value. Values come from logs and the
// result is meant for a shell: a value that is not plain is quoted for the search
// inside single quotes, and a step with one that can't be is left out, as is a
// step whose value this alert does not have.
func fillStep(step string, group []alert.Group) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(step, "{")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := "", false
		for _, g := range group {
			if g.Name == name {
				value, known = g.Value, true
			}
		}
		if !closed || !known {
			return "", false
		}
		quoted, ok := quoteValue(value)
		if !ok {
			return "", false
		}
		b.WriteString(quoted)
		step = after
	}
}

func quoteValue(v string) (string, bool) {
	plain := v != ""
	for _, r := range v {
		if r < ' ' || r == 0x7f || r == '\uFFFD' || r >= 0x80 && !strconv.IsPrint(r) {
			return "", false
		}
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '/' {
			continue
		}
		plain = false
	}
	if plain {
		return v, true
	}
	v = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `'\''`).Replace(v)
	return `"` + v + `"`, true
}
