package format

import "strings"

// patternTime reads all of s by a pattern of Java's SimpleDateFormat, which LEEF's
// devTimeFormat is: y, M, d, H, k, h, a, m, s, S, E, z, Z and X; text in single
// quotes and everything that is no letter stands for itself. A pattern without a
// year takes the one nearest to reception, one without a zone the source's. Zones
// with a name other than UTC and GMT are not known, so a time in one is not read.
func patternTime(s, pattern string, c *Context) (nanos int64, ok bool) {
	p := patternReader{cur: scan(s)}
	for pattern != "" {
		letter := pattern[0]
		n := 1
		for n < len(pattern) && pattern[n] == letter {
			n++
		}
		switch {
		case letter == '\'':
			text, rest, closed := strings.Cut(pattern[1:], "'")
			if !closed || !p.cur.skipText(text) {
				return 0, false
			}
			pattern = rest
			continue
		case !isAlpha(letter):
			if !p.literal(letter, n) {
				return 0, false
			}
		case !p.field(letter, n):
			return 0, false
		}
		pattern = pattern[n:]
	}
	if !p.cur.done() {
		return 0, false
	}
	return p.time(c)
}

type patternReader struct {
	cur     cursor
	m       moment
	offset  int
	zoned   bool
	hour12  bool
	evening bool
}

func (p *patternReader) literal(b byte, n int) bool {
	if b == ' ' {
		return p.cur.skipSpaces() > 0
	}
	for range n {
		if !p.cur.skip(b) {
			return false
		}
	}
	return true
}

func (p *patternReader) field(letter byte, n int) bool {
	switch letter {
	case 'y', 'u':
		return p.number(&p.m.year, 4) && p.century()
	case 'M', 'L':
		if n < 3 {
			return p.number(&p.m.month, 2)
		}
		p.m.month = monthNumber(p.word())
		return p.m.month > 0
	case 'd':
		p.cur.skipSpaces()
		return p.number(&p.m.day, 2)
	case 'h', 'K':
		p.hour12 = true
		return p.number(&p.m.hour, 2)
	case 'H':
		return p.number(&p.m.hour, 2)
	case 'k':
		ok := p.number(&p.m.hour, 2)
		p.m.hour %= 24
		return ok
	case 'm':
		return p.number(&p.m.minute, 2)
	case 's':
		return p.number(&p.m.second, 2)
	case 'S':
		return p.fraction()
	case 'a':
		word := p.word()
		p.evening = strings.EqualFold(word, "PM")
		return p.evening || strings.EqualFold(word, "AM")
	case 'E':
		return len(p.word()) >= 2
	case 'z', 'Z', 'X', 'x', 'V', 'O':
		return p.zone()
	}
	return false
}

func (p *patternReader) number(to *int, width int) bool {
	start := p.cur.i
	for p.cur.i < len(p.cur.s) && p.cur.i-start < width && isDigit(p.cur.s[p.cur.i]) {
		*to = *to*10 + int(p.cur.s[p.cur.i]-'0')
		p.cur.i++
	}
	return p.cur.i > start
}

func (p *patternReader) century() bool {
	if p.m.year < 100 {
		p.m.year += 2000
	}
	return true
}

func (p *patternReader) fraction() bool {
	digits := p.cur.digits()
	unit := 100_000_000
	for i := 0; i < len(digits); i++ {
		p.m.nano += int(digits[i]-'0') * unit
		unit /= 10
	}
	return digits != ""
}

func (p *patternReader) word() string {
	start := p.cur.i
	for p.cur.i < len(p.cur.s) && isAlpha(p.cur.s[p.cur.i]) {
		p.cur.i++
	}
	return p.cur.s[start:p.cur.i]
}

func (p *patternReader) zone() bool {
	offset, n := zoneOffset(p.cur.rest())
	if rest, ok := strings.CutPrefix(p.cur.rest(), "GMT"); ok && rest != "" && (rest[0] == '+' || rest[0] == '-') {
		offset, n = signedOffset(rest)
		n += 3
		if n == 3 {
			return false
		}
	}
	p.offset, p.zoned = offset, n > 0
	p.cur.i += n
	return n > 0
}

func (p *patternReader) time(c *Context) (nanos int64, ok bool) {
	m := p.m
	if p.hour12 {
		if m.hour > 12 {
			return 0, false
		}
		m.hour %= 12
		if p.evening {
			m.hour += 12
		}
	}
	switch {
	case m.year == 0 && p.zoned:
		at := Context{Received: c.Received}
		nanos, ok = m.nearest(&at)
		return nanos - int64(p.offset)*1e9, ok
	case m.year == 0:
		return m.nearest(c)
	case p.zoned:
		return m.unix(p.offset)
	default:
		return m.in(c.Zone)
	}
}
