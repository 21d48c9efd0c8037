package sigma

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// detections are the named parts of a rule, in the order they were written.
type detections struct {
	names []string
	exprs map[string]*expr
	used  map[string]bool
}

// conditionParser reads one condition by recursive descent:
//
//	or = and {"or" and}   and = unary {"and" unary}   unary = {"not"} primary
//	primary = "(" or ")" | quantity "of" ("them" | pattern) | identifier
type conditionParser struct {
	tokens []string
	at     int
	depth  int
	limits Limits
	names  *detections
	warn   func(reason string)
}

func parseCondition(text string, names *detections, limits Limits, warn func(string)) (*expr, error) {
	if len(text) > limits.Condition {
		return nil, fmt.Errorf("condition is %d bytes long, at most %d are allowed", len(text), limits.Condition)
	}
	tokens, err := scanCondition(text)
	if err != nil {
		return nil, err
	}
	p := conditionParser{tokens: tokens, limits: limits, names: names, warn: warn}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(tokens) {
		return nil, fmt.Errorf("condition: unexpected %q after a complete expression", tokens[p.at])
	}
	return e, nil
}

func scanCondition(text string) ([]string, error) {
	var tokens []string
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.IsSpace(r):
			i += size
		case r == '(' || r == ')':
			tokens = append(tokens, text[i:i+1])
			i++
		case r == '|':
			return nil, fmt.Errorf("condition: aggregation with | is not supported; write a correlation rule instead")
		case isNameRune(r):
			end := i + strings.IndexFunc(text[i:]+" ", func(r rune) bool { return !isNameRune(r) })
			tokens = append(tokens, text[i:end])
			i = end
		default:
			return nil, fmt.Errorf("condition: unexpected %q at byte %d", r, i)
		}
	}
	if len(tokens) == 0 {
		return nil, fmt.Errorf("condition is empty")
	}
	return tokens, nil
}

func isNameRune(r rune) bool {
	return r == '_' || r == '-' || r == '*' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// word returns the next token, or "" at the end.
func (p *conditionParser) word() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *conditionParser) accept(keyword string) bool {
	if !strings.EqualFold(p.word(), keyword) {
		return false
	}
	p.at++
	return true
}

func (p *conditionParser) or() (*expr, error) { return p.chain("or", p.and, anyOf) }

func (p *conditionParser) and() (*expr, error) { return p.chain("and", p.unary, allOf) }

func (p *conditionParser) chain(keyword string, next func() (*expr, error), join func([]*expr) *expr) (*expr, error) {
	var kids []*expr
	for {
		kid, err := next()
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
		if !p.accept(keyword) {
			return join(kids), nil
		}
	}
}

func (p *conditionParser) unary() (*expr, error) {
	negate := false
	for p.accept("not") {
		negate = !negate
	}
	e, err := p.primary()
	if err == nil && negate {
		e = notOf(e)
	}
	return e, err
}

func (p *conditionParser) primary() (*expr, error) {
	word := p.word()
	switch {
	case word == "":
		return nil, fmt.Errorf("condition ends where a name or ( is expected")
	case word == "(":
		return p.group()
	case word == ")":
		return nil, fmt.Errorf("condition: ) where a name or ( is expected")
	case p.at+1 < len(p.tokens) && strings.EqualFold(p.tokens[p.at+1], "of"):
		return p.selector()
	case isReserved(word):
		return nil, fmt.Errorf("condition: %q where a name or ( is expected", word)
	}
	p.at++
	if e, ok := p.names.exprs[word]; ok {
		p.names.used[word] = true
		return e, nil
	}
	return nil, fmt.Errorf("condition: there is no detection named %q", word)
}

func isReserved(word string) bool {
	switch strings.ToLower(word) {
	case "and", "or", "not", "of":
		return true
	}
	return false
}

func (p *conditionParser) group() (*expr, error) {
	if p.depth++; p.depth > p.limits.Depth {
		return nil, fmt.Errorf("condition nests deeper than %d", p.limits.Depth)
	}
	p.at++
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, fmt.Errorf("condition: ( without )")
	}
	p.depth--
	return e, nil
}

// selector reads "1 of them", "all of selection_*", "2 of filter*".
func (p *conditionParser) selector() (*expr, error) {
	quantity := p.word()
	p.at += 2
	target := p.word()
	if target == "" || target == "(" || target == ")" || isReserved(target) {
		return nil, fmt.Errorf("condition: expected them or a name pattern after %q", quantity+" of")
	}
	p.at++
	kids := p.selected(target)
	if len(kids) == 0 {
		return nil, fmt.Errorf("condition: %q selects no detection", quantity+" of "+target)
	}
	switch strings.ToLower(quantity) {
	case "all":
		return allOf(kids), nil
	case "any":
		return anyOf(kids), nil
	}
	n, err := strconv.Atoi(quantity)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("condition: %q before of; expected 1, any, all or a number", quantity)
	}
	if n > len(kids) {
		p.warn(fmt.Sprintf("condition: %d of %s can never be true: it selects %d detections", n, target, len(kids)))
	}
	return atLeast(n, kids), nil
}

// selected returns the detections that a pattern names. Names that start with
// an underscore are private: only a pattern that does so too reaches them.
func (p *conditionParser) selected(target string) []*expr {
	var kids []*expr
	pattern := target
	if strings.EqualFold(target, "them") {
		pattern = "*"
	}
	for _, name := range p.names.names {
		if strings.HasPrefix(name, "_") && !strings.HasPrefix(pattern, "_") {
			continue
		}
		if matchName(pattern, name) {
			p.names.used[name] = true
			kids = append(kids, p.names.exprs[name])
		}
	}
	return kids
}

// matchName reports whether name matches a pattern in which '*' stands for any
// run of characters.
func matchName(text, name string) bool {
	var p pattern
	for i, lit := range strings.Split(text, "*") {
		if i > 0 {
			p = p.star()
		}
		p = p.join(literalPattern(lit))
	}
	return p.match(name)
}
