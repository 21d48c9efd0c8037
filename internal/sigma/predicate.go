package sigma

import (
	"net/netip"
	"regexp"
	"strconv"
)

type operation uint8

// The operations of a predicate, cheapest first: evaluation follows this order.
const (
	opExists   operation = iota
	opMissing            // exists: false
	opNull               // missing or JSON null
	opPresent            // a scalar, whatever its text
	opNumber             // a number in relation to num
	opEqual              // text equal to text
	opPrefix             // text starts with text
	opSuffix             // text ends with text
	opContains           // text contains text
	opGlob               // text matches glob
	opCIDR               // an address in net
	opTime               // a time part in relation to num
	opFieldRef           // in relation to another field's value
	opRegexp             // text has a match of re
)

type relation uint8

const (
	relEqual relation = iota
	relLess
	relLessEqual
	relGreater
	relGreaterEqual
)

func (r relation) holds(c int) bool {
	switch r {
	case relLess:
		return c < 0
	case relLessEqual:
		return c <= 0
	case relGreater:
		return c > 0
	case relGreaterEqual:
		return c >= 0
	}
	return c == 0
}

// predicate is one test of one field, or, where keyword is set, of every
// searchable leaf. Equal keys mean equal predicates, so that a Set holds each once.
type predicate struct {
	op       operation
	keyword  bool
	cased    bool
	relation relation
	field    string
	other    string // of opFieldRef: the other field
	refOp    operation
	text     string // in lower case unless cased
	glob     pattern
	re       *regexp.Regexp
	net      netip.Prefix
	num      decimal
	small    int64 // num, where isSmall
	isSmall  bool
	timePart string
	key      string
}

// newText returns the predicate that matches texts by p.
func newText(field string, keyword, cased bool, p pattern) *predicate {
	q := &predicate{field: field, keyword: keyword, cased: cased}
	if !cased {
		p = p.fold()
	}
	q.op, q.text = classify(p)
	if q.op == opGlob {
		q.glob = p
	}
	if q.op == opPresent {
		q.cased = false
	}
	q.key = "t" + strconv.FormatBool(q.cased) + p.key()
	return q.identify()
}

// classify finds the cheapest operation that does what p says.
func classify(p pattern) (operation, string) {
	if text, ok := p.literal(); ok {
		return opEqual, text
	}
	star := func(i int) bool { return p[i].kind == starPart }
	lit := func(i int) bool { return p[i].kind == literalPart }
	switch {
	case len(p) == 1 && star(0):
		return opPresent, ""
	case len(p) == 2 && lit(0) && star(1):
		return opPrefix, p[0].text
	case len(p) == 2 && star(0) && lit(1):
		return opSuffix, p[1].text
	case len(p) == 3 && star(0) && lit(1) && star(2):
		return opContains, p[1].text
	}
	return opGlob, ""
}

// identify completes the key with what it is asked of.
func (q *predicate) identify() *predicate {
	if q.keyword {
		q.key += "\x00\x01"
	} else {
		q.key += "\x00\x02" + q.field
	}
	return q
}

func newNumber(field string, rel relation, num decimal) *predicate {
	q := &predicate{op: opNumber, field: field, relation: rel, num: num}
	q.small, q.isSmall = num.small()
	q.key = "n" + strconv.Itoa(int(rel)) + numKey(num)
	return q.identify()
}

func numKey(num decimal) string {
	return strconv.FormatBool(num.negative) + num.whole + "." + num.frac
}

func newTime(field, timePart string, rel relation, num decimal) *predicate {
	q := &predicate{op: opTime, field: field, relation: rel, num: num, timePart: timePart}
	q.small, q.isSmall = num.small()
	q.key = "d" + timePart + strconv.Itoa(int(rel)) + numKey(num)
	return q.identify()
}

func newRegexp(field string, keyword bool, re *regexp.Regexp) *predicate {
	q := &predicate{op: opRegexp, field: field, keyword: keyword, re: re, key: "r" + re.String()}
	return q.identify()
}

func newCIDR(field string, keyword bool, net netip.Prefix) *predicate {
	q := &predicate{op: opCIDR, field: field, keyword: keyword, net: net, key: "c" + net.String()}
	return q.identify()
}

func newFieldRef(field, other string, refOp operation, cased bool) *predicate {
	q := &predicate{op: opFieldRef, field: field, other: other, refOp: refOp, cased: cased}
	q.key = "f" + strconv.Itoa(int(refOp)) + strconv.FormatBool(cased) + other + "\x00"
	return q.identify()
}

// newPresence returns a predicate of opExists, opMissing, opNull.
func newPresence(field string, op operation) *predicate {
	q := &predicate{op: op, field: field, key: "p" + strconv.Itoa(int(op))}
	return q.identify()
}
