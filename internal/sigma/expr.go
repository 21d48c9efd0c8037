package sigma

type exprOp uint8

const (
	exprLeaf exprOp = iota
	exprAnd
	exprOr
	exprNot
	exprAtLeast
)

// expr is a condition: a predicate, or kids combined. Trees are immutable once
// built, and parts may be shared.
type expr struct {
	op   exprOp
	leaf *predicate
	kids []*expr
	n    int // of exprAtLeast
}

func leaf(p *predicate) *expr { return &expr{op: exprLeaf, leaf: p} }

func notOf(e *expr) *expr { return &expr{op: exprNot, kids: []*expr{e}} }

func allOf(kids []*expr) *expr { return combine(exprAnd, kids) }

func anyOf(kids []*expr) *expr { return combine(exprOr, kids) }

// combine joins kids, lifting those of the same kind up.
func combine(op exprOp, kids []*expr) *expr {
	if len(kids) == 1 {
		return kids[0]
	}
	flat := make([]*expr, 0, len(kids))
	for _, k := range kids {
		if k.op == op {
			flat = append(flat, k.kids...)
			continue
		}
		flat = append(flat, k)
	}
	return &expr{op: op, kids: flat}
}

func atLeast(n int, kids []*expr) *expr {
	switch {
	case n == 1:
		return anyOf(kids)
	case n == len(kids):
		return allOf(kids)
	}
	// More than there are kids can never be: the number itself does not matter.
	return &expr{op: exprAtLeast, kids: kids, n: min(n, len(kids)+1)}
}
