package query

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// field reads the condition after a field's name and sign.
func (p *parser) field(start int, name, op string) (Expr, error) {
	if name == "exists" && op == ":" {
		return p.exists()
	}
	f, err := p.lookUp(start, name)
	if err != nil {
		return nil, err
	}
	p.space()
	switch op {
	case ":", "=":
		return p.values(f)
	case "!=":
		x, err := p.values(f)
		if err != nil {
			return nil, err
		}
		return Not{x}, nil
	default:
		return p.comparison(f, op)
	}
}

func (p *parser) exists() (Expr, error) {
	p.space()
	start := p.at
	f, err := p.lookUp(start, p.name())
	if err != nil {
		return nil, err
	}
	p.space()
	return Exists{f}, nil
}

func (p *parser) lookUp(at int, name string) (Field, error) {
	if extra, ok := strings.CutPrefix(name, "extra."); ok && extra != "" {
		return Field{Extra: extra}, nil
	}
	if c, ok := event.ByName(strings.ToLower(name)); ok {
		return Field{Column: c}, nil
	}
	if near := suggest(name); near != "" {
		return Field{}, p.fail(at, "there is no field %q; did you mean %s? For a field without a column write extra.%s", name, near, name)
	}
	return Field{}, p.fail(at, "there is no field %q; write extra.%s for a field without a column, or quote the text to search for it", name, name)
}

// values reads one value, a list in parentheses or a range in brackets.
func (p *parser) values(f Field) (Expr, error) {
	start := p.at
	if p.at < len(p.text) && p.text[p.at] == '[' {
		return p.interval(f)
	}
	if !p.symbol("(") {
		return p.value(f)
	}
	var parts Or
	for {
		x, err := p.value(f)
		if err != nil {
			return nil, err
		}
		parts = append(parts, x)
		if p.terms++; p.terms > MaxTerms {
			return nil, p.fail(p.at, "more than %d conditions", MaxTerms)
		}
		if p.symbol(")") {
			break
		}
		if !p.word("OR") && !p.symbol("||") && !p.symbol(",") && p.at == len(p.text) {
			return nil, p.fail(start, "this parenthesis is never closed")
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

// value reads one value and makes it a condition of the field's type.
func (p *parser) value(f Field) (Expr, error) {
	start := p.at
	if p.at < len(p.text) && p.text[p.at] == '"' {
		s, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return p.match(f, start, s, Equal)
	}
	s := strings.TrimSuffix(p.bare(), ",")
	if s == "" {
		return nil, p.fail(start, "%s needs a value; write %s:* for \"has a value\"", f, f)
	}
	if s == "*" {
		return Exists{f}, nil
	}
	for _, op := range [...]string{">=", "<=", ">", "<"} {
		if rest, ok := strings.CutPrefix(s, op); ok {
			return p.compare(f, op, start+len(op), rest)
		}
	}
	return p.match(f, start, s, Wildcard)
}

func (p *parser) match(f Field, at int, s string, text func(string, bool) Pattern) (Expr, error) {
	if f.Extra != "" {
		if prefix, ok := parsePrefix(s); ok {
			return CIDR{f, prefix}, nil
		}
		return Text{f, text(s, false)}, nil
	}
	switch f.Column.Info().Type {
	case event.Int, event.Port, event.Time:
		return p.compare(f, "=", at, s)
	case event.IP:
		return p.address(f, at, s)
	default:
		return Text{f, text(s, exactColumn(f.Column))}, nil
	}
}

func parsePrefix(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		return netip.Prefix{}, false
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err == nil
}

func (p *parser) address(f Field, at int, s string) (Expr, error) {
	if prefix, ok := parsePrefix(s); ok {
		return CIDR{f, prefix}, nil
	}
	if strings.ContainsAny(s, "*?") {
		return Text{f, Wildcard(s, true)}, nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return nil, p.fail(at, "%s: %q is not an address; expected one such as 192.0.2.7, a network such as 10.0.0.0/8, or a pattern such as 192.0.2.*", f, s)
	}
	return Text{f, Equal(a.Unmap().WithZone("").String(), true)}, nil
}

// comparison reads the value after <, <=, > or >=.
func (p *parser) comparison(f Field, op string) (Expr, error) {
	start := p.at
	s, err := p.plain()
	if err != nil {
		return nil, err
	}
	return p.compare(f, op, start, s)
}

func (p *parser) plain() (string, error) {
	if p.at < len(p.text) && p.text[p.at] == '"' {
		return p.quoted()
	}
	return p.bare(), nil
}

func (p *parser) compare(f Field, op string, at int, s string) (Expr, error) {
	if f.Extra != "" {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(n) {
			return nil, p.fail(at, "%s%s needs a number, is %q", f, op, s)
		}
		return compareExtra(f, op, n), nil
	}
	if !f.Column.IsNumber() {
		return nil, p.fail(at, "%s is %s and has no order; use %s:value", f, f.Column.Info().Type, f)
	}
	low, high, err := p.number(f.Column, s)
	if err != nil {
		return nil, p.fail(at, "%s: %v", f, err)
	}
	x := Range{Column: f.Column, Min: math.MinInt64, Max: math.MaxInt64}
	switch op {
	case ">=":
		x.Min = low
	case ">":
		if high == math.MaxInt64 {
			return Or{}, nil
		}
		x.Min = high + 1
	case "<=":
		x.Max = high
	case "<":
		if low == math.MinInt64 {
			return Or{}, nil
		}
		x.Max = low - 1
	default:
		x.Min, x.Max = low, high
	}
	return x, nil
}

func compareExtra(f Field, op string, n float64) Expr {
	x := Compare{Field: f, Low: math.Inf(-1), High: math.Inf(1), LowClosed: true, HighClosed: true}
	switch op {
	case ">", ">=":
		x.Low, x.LowClosed = n, op == ">="
	case "<", "<=":
		x.High, x.HighClosed = n, op == "<="
	}
	return x
}

// interval reads [low TO high]; * leaves an end open.
func (p *parser) interval(f Field) (Expr, error) {
	start := p.at
	end := strings.IndexByte(p.text[p.at:], ']')
	if end < 0 {
		return nil, p.fail(start, "this bracket is never closed; expected [low TO high]")
	}
	words := strings.Fields(p.text[p.at+1 : p.at+end])
	p.at += end + 1
	p.space()
	if len(words) != 3 || !strings.EqualFold(words[1], "TO") {
		return nil, p.fail(start, "expected a range such as [400 TO 499], * for an open end")
	}
	var parts And
	for i, op := range [...]string{">=", "", "<="} {
		if op == "" || words[i] == "*" {
			continue
		}
		x, err := p.compare(f, op, start, words[i])
		if err != nil {
			return nil, err
		}
		parts = append(parts, x)
	}
	switch len(parts) {
	case 0:
		return Exists{f}, nil
	case 1:
		return parts[0], nil
	}
	low, ok1 := parts[0].(Range)
	high, ok2 := parts[1].(Range)
	if ok1 && ok2 {
		return Range{low.Column, low.Min, high.Max}, nil
	}
	return parts, nil
}

// number reads a value of a number column: the first and the last number that
// the text stands for. They differ for times written without a clock.
func (p *parser) number(c event.Column, s string) (low, high int64, err error) {
	if isTime(c) {
		from, to, err := ParseTime(s, p.now)
		if err != nil {
			return 0, 0, err
		}
		return from.UnixNano(), to.UnixNano(), nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("%q is not a whole number", s)
	}
	return n, n, nil
}

// timeLayouts are the ways to write a time, with the length of what each says.
var timeLayouts = [...]struct {
	layout string
	span   time.Duration
}{
	{time.RFC3339Nano, time.Nanosecond},
	{"2006-01-02T15:04:05.999999999", time.Nanosecond},
	{"2006-01-02 15:04:05", time.Second},
	{"2006-01-02T15:04", time.Minute},
	{"2006-01-02 15:04", time.Minute},
	{"2006-01-02", 24 * time.Hour},
}

// ParseTime reads a time as people write it: RFC 3339, parts of it (UTC), "now",
// or an age such as 90m, 24h or 7d, counted back from now. It returns the first
// and the last nanosecond that the text stands for: a date is a whole day.
func ParseTime(s string, now time.Time) (from, to time.Time, err error) {
	if strings.EqualFold(s, "now") {
		return now, now, nil
	}
	age := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "now"), "-"), " ago")
	if d, err := unit.ParseDuration(age); err == nil {
		t := now.Add(-time.Duration(d))
		return checkTime(s, t, t)
	}
	for _, l := range timeLayouts {
		if t, err := time.Parse(l.layout, s); err == nil {
			return checkTime(s, t.UTC(), t.UTC().Add(l.span-time.Nanosecond))
		}
	}
	return from, to, fmt.Errorf("%q is not a time; expected 2024-09-05T10:30:00Z, 2024-09-05, or an age such as 90m, 24h, 7d", s)
}

func checkTime(s string, from, to time.Time) (time.Time, time.Time, error) {
	if from.Year() < 1678 || to.Year() > 2261 {
		return from, to, fmt.Errorf("%q is outside the years 1678 to 2261", s)
	}
	return from, to, nil
}
