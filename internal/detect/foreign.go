package detect

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// logSourceKey is the member of a foreign object that says what its log sources
// are; it takes no part in matching.
const logSourceKey = "_logsource"

// Foreign matches JSON objects that are not of the common schema against a Set
// that was compiled for such. It holds scratch memory: one goroutine at a time
// may use it.
type Foreign struct {
	set    *Set
	sigma  *sigma.Matcher
	object sigma.Object
	packs  map[string]*sigma.Pack
	pack   *sigma.Pack
	values []sigma.Value
}

// NewForeign returns a matcher of foreign objects for s.
func (s *Set) NewForeign() *Foreign {
	return &Foreign{set: s, sigma: s.sigma.NewMatcher(), packs: map[string]*sigma.Pack{}}
}

// Parse makes line, one JSON object, the event at hand. Its reserved member
// _logsource, an object or a list of objects with category, product and service,
// says which rules apply.
func (f *Foreign) Parse(line string) error {
	if err := checkDepth(line); err != nil {
		return err
	}
	if err := f.object.Parse(line); err != nil {
		return err
	}
	if !json.Valid([]byte(line)) {
		return errors.New("not valid JSON")
	}
	text, _ := f.object.Remove(logSourceKey)
	pack := f.packs[text]
	if pack == nil {
		sources, err := readLogSources(text)
		if err != nil {
			return err
		}
		pack = f.set.sigma.Pack(sources)
		if len(f.packs) >= maxCached {
			clear(f.packs)
		}
		f.packs[strings.Clone(text)] = pack
	}
	f.pack = pack
	return nil
}

// maxDepth is how deep objects and arrays may stand in each other.
const maxDepth = 64

func checkDepth(line string) error {
	depth, inside := 0, false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			inside = !inside
		case '{', '[':
			if !inside {
				depth++
			}
		case '}', ']':
			if !inside {
				depth--
			}
		}
		if depth > maxDepth {
			return fmt.Errorf("objects and arrays stand in each other more than %d deep", maxDepth)
		}
	}
	return nil
}

func readLogSources(text string) ([]sigma.LogSource, error) {
	if text == "" || text == "null" {
		return nil, nil
	}
	type tuple struct{ Category, Product, Service string }
	var many []tuple
	var one tuple
	if err := json.Unmarshal([]byte(text), &one); err == nil {
		many = append(many, one)
	} else if err := json.Unmarshal([]byte(text), &many); err != nil {
		return nil, fmt.Errorf("%s is neither an object nor a list of objects with category, product and service", logSourceKey)
	}
	out := make([]sigma.LogSource, len(many))
	for i, t := range many {
		out[i] = sigma.LogSource{Category: t.Category, Product: t.Product, Service: t.Service}
	}
	return out, nil
}

// Match appends the rules that match the event at hand to dst, in the order they
// were loaded.
func (f *Foreign) Match(dst []*sigma.Rule) []*sigma.Rule {
	return f.sigma.Match(f.pack, &f.object, dst)
}

// Explain says how the parts of r, one of the rules that apply to the event at
// hand, fare on it. The set must have been compiled with Options.Explain.
func (f *Foreign) Explain(r *sigma.Rule) []sigma.Part {
	return f.sigma.Explain(f.pack, r, &f.object)
}

// Applies reports whether r applies to events with the log sources of the one at
// hand.
func (f *Foreign) Applies(r *sigma.Rule) bool { return slices.Contains(f.pack.Rules(), r) }

// Time returns the time of the event at hand: its @timestamp, else timestamp, in
// RFC 3339 or as a number since 1970 in seconds, milliseconds, microseconds or
// nanoseconds.
func (f *Foreign) Time() (t time.Time, ok bool) {
	for _, name := range [...]string{"@timestamp", "timestamp"} {
		text, ok := f.Value(name)
		if !ok {
			continue
		}
		if nanos, ok := event.ParseTime(text); ok {
			return time.Unix(0, nanos).UTC(), true
		}
		if t, ok := epoch(text); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

// epoch reads a number since 1970, whose unit follows from its size: a count of
// seconds has 11 digits in the year 5138.
func epoch(text string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if whole == "" || len(whole) > 19 || len(fraction) > 18 {
		return time.Time{}, false
	}
	for _, part := range [...]string{whole, fraction} {
		for i := range len(part) {
			if part[i] < '0' || part[i] > '9' {
				return time.Time{}, false
			}
		}
	}
	unit := int64(time.Second)
	for digits := 11; len(whole) > digits && unit > 1; digits += 3 {
		unit /= 1000
	}
	var n int64
	for i := range len(whole) {
		n = n*10 + int64(whole[i]-'0')
	}
	if n < 0 || n > (1<<63-1)/unit {
		return time.Time{}, false
	}
	nanos := n * unit
	for i := range len(fraction) {
		unit /= 10
		nanos += int64(fraction[i]-'0') * unit
	}
	return time.Unix(0, nanos).UTC(), true
}

// Value returns the text form of what the field called name holds, of several
// values the first.
func (f *Foreign) Value(name string) (text string, ok bool) {
	f.values, _ = f.object.Lookup(name, f.values[:0])
	for _, v := range f.values {
		if text, ok := v.Format(); ok {
			return strings.Clone(text), true
		}
	}
	return "", false
}

// Fields returns what b's correlations ask for of the event at hand.
func (f *Foreign) Fields(b *Batch) map[string]string { return b.fields(f.Value) }

// Fields returns what b's correlations ask for of e.
func (m *Matcher) Fields(b *Batch, e *event.Event) map[string]string {
	return b.fields(func(name string) (string, bool) {
		values := m.Values(name, e, nil)
		if len(values) == 0 {
			return "", false
		}
		return strings.Clone(values[0]), true
	})
}
