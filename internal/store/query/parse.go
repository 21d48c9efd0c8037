package query

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Limits of a query's text. Longer ones are refused with an error that says so.
const (
	// MaxLength is the longest query, in bytes.
	MaxLength = 16 << 10
	// MaxDepth is how deep parentheses may nest.
	MaxDepth = 64
	// MaxTerms is how many conditions a query may have.
	MaxTerms = 1000
)

// Error says what is wrong with a query, and where.
type Error struct {
	// Column is the place of the problem, in characters from 1.
	Column int
	// Reason says what was found and what was expected.
	Reason string
}

// Error returns the reason with its column.
func (e *Error) Error() string { return fmt.Sprintf("query, column %d: %s", e.Column, e.Reason) }

// Parse reads a query. now is what times like "2h" ago count from. The empty
// query matches everything. An error is an *Error.
//
// The language:
//
//	failed password             both words, in message or raw
//	"failed password"           the two words side by side
//	user_name:root              the field is root
//	user_name:(root OR adm*)    one of several; * and ? are wildcards
//	request_path:"/a b"         quoted: no wildcards
//	user_name:*                 the field exists; also exists:user_name
//	status_code>=400            also > < <= and != for "is not"
//	status_code:[400 TO 499]    a range, both ends included
//	source_ip:10.0.0.0/8        a network
//	event_time>=2024-09-05      times are RFC 3339, a date, or an age like 2h
//	extra.session.id:7          a field that has no column
//	a b OR NOT (c -d)           AND binds tighter than OR and may be left out
func Parse(text string, now time.Time) (Expr, error) {
	if len(text) > MaxLength {
		return nil, &Error{Column: 1, Reason: fmt.Sprintf("%d bytes long; at most %d are read", len(text), MaxLength)}
	}
	p := &parser{text: text, now: now}
	p.space()
	if p.at == len(text) {
		return All{}, nil
	}
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(text) {
		return nil, p.fail(p.at, "unexpected %q; a parenthesis that was never opened?", text[p.at:p.at+1])
	}
	return x, nil
}

type parser struct {
	text  string
	at    int
	depth int
	terms int
	now   time.Time
}

func (p *parser) fail(at int, format string, args ...any) error {
	return &Error{Column: utf8.RuneCountInString(p.text[:at]) + 1, Reason: fmt.Sprintf(format, args...)}
}

func (p *parser) space() {
	for p.at < len(p.text) && isSpace(p.text[p.at]) {
		p.at++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// word reports whether the operator w stands here as a word of its own, and
// passes it.
func (p *parser) word(w string) bool {
	end := p.at + len(w)
	if end > len(p.text) || !strings.EqualFold(p.text[p.at:end], w) {
		return false
	}
	if end < len(p.text) && !isSpace(p.text[end]) && p.text[end] != '(' && p.text[end] != '"' {
		return false
	}
	p.at = end
	p.space()
	return true
}

func (p *parser) symbol(s string) bool {
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	p.space()
	return true
}

func (p *parser) or() (Expr, error) {
	var parts Or
	for {
		x, err := p.and()
		if err != nil {
			return nil, err
		}
		parts = append(parts, x)
		if !p.word("OR") && !p.symbol("||") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (p *parser) and() (Expr, error) {
	var parts And
	for {
		x, err := p.not()
		if err != nil {
			return nil, err
		}
		parts = append(parts, x)
		if p.word("AND") || p.symbol("&&") {
			continue
		}
		if p.at == len(p.text) || p.text[p.at] == ')' || p.aheadOr() {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (p *parser) aheadOr() bool {
	at := p.at
	found := p.word("OR") || p.symbol("||")
	p.at = at
	return found
}

// not reads one condition with the signs before it.
func (p *parser) not() (Expr, error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, p.fail(p.at, "nested deeper than %d", MaxDepth)
	}
	defer func() { p.depth-- }()
	start := p.at
	if p.word("NOT") || p.sign() {
		x, err := p.not()
		if err != nil {
			return nil, err
		}
		return Not{x}, nil
	}
	if p.at == len(p.text) {
		return nil, p.fail(start, "ends where a condition was expected, such as status_code:404 or a word")
	}
	if p.word("AND") || p.word("OR") {
		return nil, p.fail(start, "an operator where a condition was expected; quote it to search for the word")
	}
	if !p.symbol("(") {
		return p.term()
	}
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.symbol(")") {
		return nil, p.fail(start, "this parenthesis is never closed")
	}
	return x, nil
}

// sign passes a '-' or '!' that stands directly before a condition.
func (p *parser) sign() bool {
	if p.at+1 < len(p.text) && (p.text[p.at] == '-' || p.text[p.at] == '!') && !isSpace(p.text[p.at+1]) {
		p.at++
		return true
	}
	return false
}

// term reads a condition on a field or words to search for.
func (p *parser) term() (Expr, error) {
	start := p.at
	if p.terms++; p.terms > MaxTerms {
		return nil, p.fail(start, "more than %d conditions", MaxTerms)
	}
	if p.text[p.at] == '"' {
		s, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return p.words(start, Contains(s, false), s)
	}
	name := p.name()
	if op := p.operator(); op != "" && p.isField(name, op) {
		return p.field(start, name, op)
	}
	p.at = start
	s := p.bare()
	if s == "" {
		return nil, p.fail(start, "unexpected %q; expected a condition", p.text[start:start+1])
	}
	return p.words(start, Wildcard("*"+s+"*", false), s)
}

func (p *parser) words(start int, pattern Pattern, s string) (Expr, error) {
	if s == "" {
		return nil, p.fail(start, "empty quotes match nothing; leave them out")
	}
	if strings.Trim(s, "*") == "" {
		return All{}, nil
	}
	return Words{pattern}, nil
}

// name passes what could be a field's name.
func (p *parser) name() string {
	start := p.at
	for p.at < len(p.text) && isName(p.text[p.at]) {
		p.at++
	}
	return p.text[start:p.at]
}

// isField tells field:value from words that happen to hold a sign: a time, an
// IPv6 address, a URL, uid=0. What looks like a field but is none is an error,
// because it is misspelt more often than meant as words.
func (p *parser) isField(name, op string) bool {
	if name == "" {
		return false
	}
	if _, err := p.lookUp(p.at, name); err == nil || name == "exists" {
		return true
	}
	rest := p.text[p.at:]
	switch op {
	case ":":
		return (name[0] < '0' || name[0] > '9') && !strings.HasPrefix(rest, "//") && !strings.HasPrefix(rest, ":")
	case "=":
		return false
	default:
		return suggest(name) != ""
	}
}

func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '_' || c == '.' || c == '@' || c == '-' || c == '/' || c >= utf8.RuneSelf
}

// operator passes a comparison sign.
func (p *parser) operator() string {
	for _, op := range [...]string{">=", "<=", "!=", ":", ">", "<", "="} {
		if strings.HasPrefix(p.text[p.at:], op) {
			p.at += len(op)
			return op
		}
	}
	return ""
}

// quoted reads a text in double quotes; a backslash takes the next character as
// it is.
func (p *parser) quoted() (string, error) {
	start := p.at
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '\\' && p.at+1 < len(p.text):
			p.at++
			b.WriteByte(p.text[p.at])
		case c == '"':
			p.at++
			p.space()
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", p.fail(start, "this quote is never closed")
}

// bare reads a value without quotes, backslashes left in place for Wildcard.
func (p *parser) bare() string {
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if isSpace(c) || c == '(' || c == ')' || c == '"' {
			break
		}
		if c == '\\' && p.at+1 < len(p.text) {
			p.at++
		}
		p.at++
	}
	s := p.text[start:p.at]
	p.space()
	return s
}

// exactColumn reports whether text in c compares in its own case: identifiers,
// and addresses, which have one written form.
func exactColumn(c event.Column) bool {
	return c == event.EventID || c == event.SessionID || c == event.RuleID || c.Info().Type == event.IP
}
