package format

import (
	"strconv"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// constant is a value that a user's file gives to events whatever the line says.
type constant struct {
	column event.Column
	// columned says that it goes to column and not to extra.
	columned bool
	name     string
	text     string
	number   int64
	list     []string
	kind     event.Kind
}

// store gives the event the value. Without force only where it has none.
func (k *constant) store(e *event.Event, force bool) {
	if !k.columned {
		if _, has := e.ExtraField(k.name); force || !has {
			e.SetExtra(k.name, event.Value{Kind: k.kind, Text: k.text})
		}
		return
	}
	switch {
	case !force && e.Has(k.column):
	case k.column.IsList():
		e.SetList(k.column, k.list)
	case k.column.IsNumber():
		e.SetInt(k.column, k.number)
	default:
		e.SetText(k.column, k.text)
	}
}

// ownRule sets constants where its conditions hold, all of them.
type ownRule struct {
	when []condition
	set  []constant
}

func (r *ownRule) holds(e *event.Event) bool {
	for i := range r.when {
		if !r.when[i].holds(e) {
			return false
		}
	}
	return true
}

// condition asks what a field of the event is.
type condition struct {
	// extra is the field's name in extra, where the log's own word stands;
	// column is where it went otherwise.
	extra    string
	column   event.Column
	columned bool
	// anyOf are the values of which one must fit.
	anyOf []ownTest
}

// testKind is how a value is compared.
type testKind uint8

const (
	testEquals testKind = iota
	testPrefix
	testSuffix
	testContains
	testPresent
	testAbsent
	testLess
	testLessEqual
	testMore
	testMoreEqual
)

// ownTest is one value of a condition.
type ownTest struct {
	kind   testKind
	text   string
	number float64
}

// readTest reads a condition's value: "*" for any, "a*", "*a" and "*a*", ">= 400"
// and its like, or the value itself.
func readTest(text string) ownTest {
	for _, operator := range []struct {
		text string
		kind testKind
	}{{">=", testMoreEqual}, {"<=", testLessEqual}, {">", testMore}, {"<", testLess}} {
		rest, ok := strings.CutPrefix(text, operator.text)
		if !ok {
			continue
		}
		if number, err := strconv.ParseFloat(strings.TrimSpace(rest), 64); err == nil {
			return ownTest{kind: operator.kind, number: number}
		}
	}
	front, back := strings.HasPrefix(text, "*"), strings.HasSuffix(text, "*")
	switch {
	case text == "*":
		return ownTest{kind: testPresent}
	case front && back && len(text) > 2:
		return ownTest{kind: testContains, text: text[1 : len(text)-1]}
	case front:
		return ownTest{kind: testSuffix, text: text[1:]}
	case back:
		return ownTest{kind: testPrefix, text: text[:len(text)-1]}
	default:
		return ownTest{kind: testEquals, text: text}
	}
}

func (q *condition) holds(e *event.Event) bool {
	text, number, numeric, has := q.value(e)
	for i := range q.anyOf {
		if q.anyOf[i].holds(text, number, numeric, has) {
			return true
		}
	}
	return false
}

// value returns what the field is in e.
func (q *condition) value(e *event.Event) (text string, number int64, numeric, has bool) {
	if v, ok := e.ExtraField(q.extra); ok && q.extra != "" {
		return v.Text, 0, false, true
	}
	switch {
	case !q.columned || !e.Has(q.column):
		return "", 0, false, false
	case q.column.IsNumber():
		return "", e.Int(q.column), true, true
	case q.column.IsList():
		return strings.Join(e.List(q.column), ","), 0, false, true
	default:
		return e.Text(q.column), 0, false, true
	}
}

func (t *ownTest) holds(text string, number int64, numeric, has bool) bool {
	if t.kind == testPresent || t.kind == testAbsent || !has {
		return has == (t.kind == testPresent) && (has || t.kind == testAbsent)
	}
	if t.kind >= testLess {
		return t.compare(text, number, numeric)
	}
	if numeric {
		var space [20]byte
		return t.fits(string(strconv.AppendInt(space[:0], number, 10)))
	}
	return t.fits(text)
}

func (t *ownTest) fits(text string) bool {
	switch t.kind {
	case testPrefix:
		return strings.HasPrefix(text, t.text)
	case testSuffix:
		return strings.HasSuffix(text, t.text)
	case testContains:
		return strings.Contains(text, t.text)
	default:
		return text == t.text
	}
}

func (t *ownTest) compare(text string, number int64, numeric bool) bool {
	v := float64(number)
	if !numeric {
		var err error
		if len(text) > maxNumberText {
			return false
		}
		if v, err = strconv.ParseFloat(text, 64); err != nil {
			return false
		}
	}
	switch t.kind {
	case testLess:
		return v < t.number
	case testLessEqual:
		return v <= t.number
	case testMore:
		return v > t.number
	default:
		return v >= t.number
	}
}
