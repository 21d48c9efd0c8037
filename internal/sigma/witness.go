package sigma

import (
	"math"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// A witness of a rule is a set of predicates of which at least one holds on
// every event that the rule matches. An index finds the events on which a
// predicate may hold; only rules with a witness found there are evaluated.

// witness returns a witness of p and how often, as a guess, events have it; ok
// is false when p may match without any predicate holding.
func (s *Set) witness(p *program) (preds []int32, weight float64, ok bool) {
	switch p.op {
	case exprLeaf:
		weight, ok = s.predicates[p.pred].weight()
		return []int32{p.pred}, weight, ok
	case exprAnd:
		return s.rarest(p.kids)
	case exprOr:
		return s.union(p.kids)
	case exprAtLeast:
		return s.union(p.kids)
	}
	return nil, 0, false
}

// rarest returns the witness of the kid that events have least often.
func (s *Set) rarest(kids []program) (preds []int32, weight float64, ok bool) {
	weight = math.Inf(1)
	for i := range kids {
		kid, w, found := s.witness(&kids[i])
		if found && w < weight {
			preds, weight, ok = kid, w, true
		}
	}
	return preds, weight, ok
}

func (s *Set) union(kids []program) (preds []int32, weight float64, ok bool) {
	for i := range kids {
		kid, w, found := s.witness(&kids[i])
		if !found {
			return nil, 0, false
		}
		preds = append(preds, kid...)
		weight += w
	}
	return preds, weight, true
}

// weight guesses on which part of the events p holds, 0 to 1; ok is false if p
// can hold where the field is missing.
func (p *predicate) weight() (weight float64, ok bool) {
	switch p.op {
	case opMissing, opNull:
		return 0, false
	case opNumber:
		if p.relation != relEqual || !p.isSmall {
			return 1, true
		}
		return 0.02, true
	case opEqual:
		return literalWeight(p.text) / 4, true
	}
	needles := p.needles()
	if len(needles) == 0 {
		return 1, true
	}
	for _, n := range needles {
		weight += literalWeight(n.text)
	}
	return min(weight, 1), true
}

// commonText is made of what most events of some log source hold; a literal in
// it is a poor witness.
const commonText = `c:\windows\system32\cmd.exe /c c:\windows\syswow64\ powershell.exe c:\program files (x86)\ c:\users\ ` +
	`\appdata\local\temp\ \appdata\roaming\ .exe .dll .ps1 hklm\software\microsoft\windows\currentversion\ ` +
	`\services\ /bin/bash /bin/sh /usr/bin/ /etc/ /tmp/ /var/ /home/ get post http/1.1 https:// http:// www. .com/ .php .html ` +
	`mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 chrome/ safari/ index login admin select ` +
	`failed password for root from port ssh2 accepted sshd kernel error microsoft google true false success failure`

// literalWeight guesses how many events hold a literal, from its length and
// what it is made of.
func literalWeight(text string) float64 {
	if text == "" {
		return 1
	}
	bits := 0.0
	for i := 0; i < len(text) && i < 24; i++ {
		switch c := text[i]; {
		case strings.IndexByte("etaoinsr ", c) >= 0:
			bits++
		case c >= 'a' && c <= 'z' || c == '.' || c == '/' || c == '\\':
			bits += 1.6
		default:
			bits += 2.2
		}
	}
	weight := math.Exp2(-bits)
	if strings.Contains(commonText, text) {
		weight = max(weight*64, 0.2)
	}
	return min(weight, 1)
}

type anchor uint8

const (
	anywhere anchor = iota
	atStart
	atEnd
)

// needle is a literal that every text on which a predicate holds has, at its
// start, its end or anywhere.
type needle struct {
	text string
	at   anchor
}

// maxNeedle is how much of a literal goes into an automaton: short needles keep
// it small, and what they find is checked anyway.
const maxNeedle = 8

// needles returns literals of which every text that p holds on has one, in
// lower case; nil where there are none.
func (p *predicate) needles() []needle {
	var n needle
	switch p.op {
	case opEqual, opPrefix:
		n = needle{fold(p.text), atStart}
	case opSuffix:
		n = needle{fold(p.text), atEnd}
	case opContains:
		n = needle{fold(p.text), anywhere}
	case opGlob:
		n = p.glob.needle()
	case opRegexp:
		return regexpNeedles(p.re.String())
	}
	if n.text == "" || !utf8.ValidString(n.text) {
		return nil
	}
	return []needle{n}
}

// needle returns the best literal of a pattern.
func (p pattern) needle() needle {
	var best needle
	weight := 2.0
	for i, q := range p {
		if q.kind != literalPart {
			continue
		}
		text := fold(q.text)
		if w := literalWeight(text); w < weight {
			best, weight = needle{text, anywhere}, w
			switch i {
			case 0:
				best.at = atStart
			case len(p) - 1:
				best.at = atEnd
			}
		}
	}
	return best
}

// cut shortens a needle to maxNeedle bytes: the end that is anchored, else the
// part that is least common.
func (n needle) cut() needle {
	if len(n.text) <= maxNeedle {
		return n
	}
	switch n.at {
	case atStart:
		n.text = n.text[:maxNeedle]
	case atEnd:
		n.text = n.text[len(n.text)-maxNeedle:]
	default:
		best, weight := 0, 2.0
		for i := 0; i+maxNeedle <= len(n.text); i++ {
			if w := literalWeight(n.text[i : i+maxNeedle]); w < weight {
				best, weight = i, w
			}
		}
		n.text = n.text[best : best+maxNeedle]
	}
	return n
}

// regexpNeedles returns literals of which every match of the expression has one.
func regexpNeedles(text string) []needle {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	var out []needle
	for _, literal := range required(re.Simplify(), 0) {
		if literal == "" || strings.ContainsRune(literal, utf8.RuneError) {
			return nil
		}
		out = append(out, needle{fold(literal), anywhere})
	}
	return out
}

// maxAlternatives bounds the literals that stand for one regular expression.
const maxAlternatives = 64

// required returns literals of which every match of re has one; nil where no
// literal is needed.
func required(re *syntax.Regexp, depth int) []string {
	if depth > 50 {
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0], depth+1)
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0], depth+1)
		}
	case syntax.OpConcat:
		return bestRequired(re.Sub, depth)
	case syntax.OpAlternate:
		var out []string
		for _, sub := range re.Sub {
			literals := required(sub, depth+1)
			if len(literals) == 0 || len(out)+len(literals) > maxAlternatives {
				return nil
			}
			out = append(out, literals...)
		}
		return out
	}
	return nil
}

func bestRequired(subs []*syntax.Regexp, depth int) []string {
	var best []string
	weight := 2.0
	for _, sub := range subs {
		literals := required(sub, depth+1)
		if len(literals) == 0 {
			continue
		}
		w := 0.0
		for _, l := range literals {
			w += literalWeight(fold(l))
		}
		if w < weight {
			best, weight = literals, w
		}
	}
	return best
}
