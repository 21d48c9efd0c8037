package arch

import (
	"go/ast"
	"path"
	"slices"
)

// checkSource looks for what no file may do.
func checkSource(f *file) []Violation {
	c := sourceCheck{file: f}
	if own := rowOf(f.dir); own != nil {
		c.pure = !f.test && pure(own)
	}
	for _, i := range f.imports {
		switch i.path {
		case "time":
			c.time = i.name
		case "os":
			c.os = i.name
		}
	}
	ast.Inspect(f.ast, c.node)
	return c.out
}

type sourceCheck struct {
	file *file
	// pure says that the package has no goroutine and no clock.
	pure bool
	// time and os are what the file calls these packages.
	time, os string
	out      []Violation
}

func (c *sourceCheck) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			c.add(n, "func init", "no init functions", "initialize where it is declared, or in a constructor that is called")
		}
	case *ast.GoStmt:
		if c.pure {
			c.add(n, "a goroutine", "engines and the vocabulary start no goroutine", "let the service that calls it work in parallel")
		}
	case *ast.SelectorExpr:
		c.selector(n)
	}
	return true
}

// selector checks a qualified name such as time.Sleep.
func (c *sourceCheck) selector(n *ast.SelectorExpr) {
	pkg, ok := n.X.(*ast.Ident)
	if !ok {
		return
	}
	switch name := n.Sel.Name; {
	case pkg.Name == c.time && name == "Sleep":
		c.add(n, "time.Sleep", "nothing sleeps", "wait for the condition: select on a channel, a timer and ctx.Done()")
	case pkg.Name == c.time && c.pure && slices.Contains(clock, name):
		c.add(n, "time."+name, "engines and the vocabulary have no clock", "take the time as an argument")
	case pkg.Name == c.os && name == "Exit" && !c.file.test && !c.isMain():
		c.add(n, "os.Exit", "only main exits", "return an error")
	}
}

func (c *sourceCheck) isMain() bool {
	return path.Base(c.file.name) == "main.go" && covers("cmd/...", c.file.dir)
}

func (c *sourceCheck) add(n ast.Node, fault, rule, advice string) {
	c.out = append(c.out, Violation{c.file.name, c.file.line(n.Pos()), fault, rule, advice})
}
