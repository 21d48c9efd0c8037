package sigma

import (
	"net/netip"
	"strings"
)

// evaluate evaluates a predicate on the event at hand.
func (m *Matcher) evaluate(id int32) bool {
	p := m.set.predicates[id]
	f := m.field(m.set.predField[id])
	switch p.op {
	case opExists:
		return f.present
	case opMissing:
		return !f.present
	case opNull:
		return !f.present || m.anyNull(f)
	case opFieldRef:
		return m.refers(p, *f, *m.field(m.set.predOther[id]))
	}
	for i := f.start; i < f.end; i++ {
		if m.holds(p, i) {
			return true
		}
	}
	return false
}

func (m *Matcher) anyNull(f *fieldState) bool {
	for i := f.start; i < f.end; i++ {
		if m.values[i].Kind == NullValue {
			return true
		}
	}
	return false
}

// holds evaluates a predicate on one value.
func (m *Matcher) holds(p *predicate, i int32) bool {
	switch p.op {
	case opNumber:
		return m.compares(p, &m.values[i])
	case opPresent:
		return m.values[i].Kind != NullValue
	}
	if p.cased || p.op >= opCIDR {
		text, ok := m.textOf(i)
		return ok && p.matchText(text)
	}
	text, ok := m.foldOf(i)
	return ok && p.matchText(text)
}

// matchText evaluates a predicate on text, which is in lower case where the
// predicate's own text is.
func (p *predicate) matchText(text string) bool {
	switch p.op {
	case opEqual:
		return text == p.text
	case opPrefix:
		return strings.HasPrefix(text, p.text)
	case opSuffix:
		return strings.HasSuffix(text, p.text)
	case opContains:
		return strings.Contains(text, p.text)
	case opGlob:
		return p.glob.match(text)
	case opCIDR:
		addr, ok := parseAddr(text)
		return ok && p.net.Contains(addr)
	case opTime:
		part, ok := timePart(text, p.timePart)
		return ok && p.compareInt(part)
	case opRegexp:
		return p.re.MatchString(text)
	}
	return false
}

// compares compares a value as a number: numbers, and texts that are plain
// decimal numbers.
func (m *Matcher) compares(p *predicate, v *Value) bool {
	switch v.Kind {
	case IntValue:
		return p.compareInt(v.Int)
	case StringValue, NumberValue:
		if num, ok := parseDecimal(v.Text); ok {
			return p.relation.holds(num.compare(p.num))
		}
	}
	return false
}

func (p *predicate) compareInt(v int64) bool {
	if p.isSmall {
		switch {
		case v < p.small:
			return p.relation.holds(-1)
		case v > p.small:
			return p.relation.holds(1)
		}
		return p.relation.holds(0)
	}
	return p.relation.holds(intDecimal(v).compare(p.num))
}

// refers compares every value of a field with every value of another.
func (m *Matcher) refers(p *predicate, f, other fieldState) bool {
	for i := f.start; i < f.end; i++ {
		for j := other.start; j < other.end; j++ {
			if m.refersValue(p, i, j) {
				return true
			}
		}
	}
	return false
}

func (m *Matcher) refersValue(p *predicate, i, j int32) bool {
	a, ok := m.textOf(i)
	b, ok2 := m.textOf(j)
	if !ok || !ok2 {
		return false
	}
	if p.refOp == opEqual && m.values[i].Kind != BoolValue && m.values[j].Kind != BoolValue {
		x, isNum := parseDecimal(a)
		if y, isNum2 := parseDecimal(b); isNum && isNum2 {
			return x.compare(y) == 0
		}
	}
	if !p.cased {
		a, _ = m.foldOf(i)
		b, _ = m.foldOf(j)
	}
	switch p.refOp {
	case opPrefix:
		return strings.HasPrefix(a, b)
	case opSuffix:
		return strings.HasSuffix(a, b)
	case opContains:
		return strings.Contains(a, b)
	}
	return a == b
}

// parseAddr reads an IP address as cidr compares it: IPv4-mapped IPv6 as IPv4,
// without a zone. The check in front keeps ordinary texts from the parser,
// which allocates for its errors.
func parseAddr(text string) (netip.Addr, bool) {
	if zone := strings.IndexByte(text, '%'); zone >= 0 {
		text = text[:zone]
	}
	if len(text) < 2 || len(text) > 45 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(text); i++ {
		if !isAddrByte(text[i]) {
			return netip.Addr{}, false
		}
	}
	addr, err := netip.ParseAddr(text)
	return addr.Unmap(), err == nil
}

func isAddrByte(c byte) bool {
	return c >= '0' && c <= ':' || c == '.' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
