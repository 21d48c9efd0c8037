package sigma

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

type nodeKind uint8

const (
	stringNode nodeKind = iota
	intNode
	floatNode
	boolNode
	nullNode
	mapNode
	listNode
)

var nodeKindNames = [...]string{"a string", "an integer", "a number", "a boolean", "null", "a map", "a list"}

// node is a YAML value with its place: what a rule is read from. For numbers
// text is the canonical decimal form, for booleans "true" or "false".
type node struct {
	kind         nodeKind
	text         string
	line, column int
	keys         []string // of a map, in order
	keyNodes     []*node
	items        []*node // values of a map or items of a list
}

func (n *node) errorf(format string, args ...any) *Error {
	return &Error{Line: n.line, Column: n.column, Reason: fmt.Sprintf(format, args...)}
}

func (n *node) is() string { return nodeKindNames[n.kind] }

// get returns the value of key in a map, or nil.
func (n *node) get(key string) *node {
	for i, k := range n.keys {
		if k == key {
			return n.items[i]
		}
	}
	return nil
}

// value returns n as plain Go data: string, int64, float64, bool, nil, []any,
// map[string]any.
func (n *node) value() any {
	switch n.kind {
	case intNode:
		if i, err := strconv.ParseInt(n.text, 10, 64); err == nil {
			return i
		}
		return n.text
	case floatNode:
		if f, err := strconv.ParseFloat(n.text, 64); err == nil {
			return f
		}
		return n.text
	case boolNode:
		return n.text == "true"
	case nullNode:
		return nil
	case mapNode:
		m := make(map[string]any, len(n.keys))
		for i, k := range n.keys {
			m[k] = n.items[i].value()
		}
		return m
	case listNode:
		l := make([]any, len(n.items))
		for i, item := range n.items {
			l[i] = item.value()
		}
		return l
	}
	return n.text
}

// rawDocument is the text of one YAML document and the line it starts at.
type rawDocument struct {
	text string
	line int // lines before it
}

// splitDocuments cuts a file at its "---" lines, so that a syntax error in one
// document leaves the others alone. A marker can't stand at the start of a line
// inside a YAML value. Documents without content are left out.
func splitDocuments(data []byte) []rawDocument {
	text := string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	var docs []rawDocument
	start, line, startLine := 0, 0, 0
	add := func(end int) {
		if body := text[start:end]; !blankDocument(body) {
			docs = append(docs, rawDocument{text: body, line: startLine})
		}
	}
	for at := 0; at < len(text); {
		end, next := len(text), len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end, next = at+i, at+i+1
		}
		if isMarker(text[at:end]) {
			add(at)
			// The rest of the marker's line belongs to the document: keep
			// the columns right by starting behind the dashes.
			start, startLine = at+3, line
		}
		line++
		at = next
	}
	add(len(text))
	return docs
}

func isMarker(line string) bool {
	rest, ok := strings.CutPrefix(line, "---")
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r')
}

func blankDocument(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' && line != "..." {
			return false
		}
	}
	return true
}

// parseYAML reads one document.
func parseYAML(doc rawDocument, limits Limits) (*node, *Error) {
	if len(doc.text) > limits.Document {
		return nil, &Error{Line: doc.line + 1, Column: 1, Reason: fmt.Sprintf("document is %d bytes long, at most %d are allowed", len(doc.text), limits.Document)}
	}
	tokens := lexer.Tokenize(doc.text)
	if err := checkTokens(tokens, limits); err != nil {
		err.Line += doc.line
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntaxError(doc, err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, &Error{Line: doc.line + 1, Column: 1, Reason: "document is empty"}
	}
	c := converter{limits: limits, offset: doc.line, anchors: map[string]*node{}}
	return c.convert(file.Docs[0].Body, 0)
}

func syntaxError(doc rawDocument, err error) *Error {
	out := &Error{Line: doc.line + 1, Column: 1, Reason: "not valid YAML: " + firstLine(err.Error())}
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) {
		return out
	}
	out.Reason = "not valid YAML: " + firstLine(syntax.Message)
	if syntax.Token != nil && syntax.Token.Position != nil {
		out.Line = doc.line + syntax.Token.Position.Line
		out.Column = syntax.Token.Position.Column
	}
	return out
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// checkTokens refuses nesting before the parser, which recurses without a bound,
// gets to see it.
func checkTokens(tokens token.Tokens, limits Limits) *Error {
	depth, run, anchors := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth = max(depth-1, 0)
		case token.SequenceEntryType, token.MappingKeyType:
			run++
		case token.AnchorType, token.TagType:
			anchors++
		case token.InvalidType:
			return tokenError(t, "not valid YAML: "+firstLine(t.Error))
		default:
			run = 0
		}
		if depth > limits.Depth || run > limits.Depth {
			return tokenError(t, fmt.Sprintf("document nests deeper than %d", limits.Depth))
		}
		if anchors > maxAnchors {
			return tokenError(t, fmt.Sprintf("document has more than %d anchors and tags", maxAnchors))
		}
	}
	return nil
}

func tokenError(t *token.Token, reason string) *Error {
	if t.Position == nil {
		return &Error{Line: 1, Column: 1, Reason: reason}
	}
	return &Error{Line: t.Position.Line, Column: t.Position.Column, Reason: reason}
}

// converter turns the YAML parser's tree into nodes, following aliases.
type converter struct {
	limits  Limits
	offset  int
	nodes   int
	anchors map[string]*node
}

func (c *converter) convert(n ast.Node, depth int) (*node, *Error) {
	out := c.place(n)
	if depth > c.limits.Depth {
		return nil, out.errorf("document nests deeper than %d", c.limits.Depth)
	}
	if c.nodes++; c.nodes > maxNodes {
		return nil, out.errorf("document has more than %d nodes", maxNodes)
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		return c.mapping(out, v.Values, depth)
	case *ast.MappingValueNode:
		return c.mapping(out, []*ast.MappingValueNode{v}, depth)
	case *ast.SequenceNode:
		return c.sequence(out, v.Values, depth)
	case *ast.AnchorNode:
		value, err := c.convert(v.Value, depth+1)
		if err == nil {
			c.anchors[v.Name.GetToken().Value] = value
		}
		return value, err
	case *ast.AliasNode:
		return c.alias(out, v)
	case *ast.TagNode:
		return c.tag(out, v, depth)
	}
	return out, c.scalar(out, n)
}

func (c *converter) place(n ast.Node) *node {
	out := &node{line: c.offset + 1, column: 1}
	if n == nil {
		return out
	}
	t := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		t = m.Values[0].Key.GetToken()
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		t = v.Key.GetToken()
	}
	if t != nil && t.Position != nil {
		out.line, out.column = c.offset+t.Position.Line, t.Position.Column
	}
	return out
}

func (c *converter) mapping(out *node, values []*ast.MappingValueNode, depth int) (*node, *Error) {
	out.kind = mapNode
	seen := make(map[string]bool, len(values))
	for _, kv := range values {
		key, err := c.convert(kv.Key, depth+1)
		if err != nil {
			return nil, err
		}
		if kv.Key.IsMergeKey() {
			return nil, key.errorf("merge keys (<<) are not supported in rules; write the keys out")
		}
		if key.kind == mapNode || key.kind == listNode {
			return nil, key.errorf("key is %s; expected a scalar", key.is())
		}
		if seen[key.text] {
			return nil, key.errorf("key %q occurs twice in the same map", key.text)
		}
		seen[key.text] = true
		value, err := c.convert(kv.Value, depth+1)
		if err != nil {
			return nil, err
		}
		out.keys = append(out.keys, key.text)
		out.keyNodes = append(out.keyNodes, key)
		out.items = append(out.items, value)
	}
	return out, nil
}

func (c *converter) sequence(out *node, values []ast.Node, depth int) (*node, *Error) {
	out.kind = listNode
	out.items = make([]*node, 0, len(values))
	for _, v := range values {
		item, err := c.convert(v, depth+1)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, item)
	}
	return out, nil
}

func (c *converter) alias(out *node, v *ast.AliasNode) (*node, *Error) {
	name := v.Value.GetToken().Value
	target, ok := c.anchors[name]
	if !ok {
		return nil, out.errorf("alias *%s has no anchor before it", name)
	}
	if c.nodes += target.size(maxNodes - c.nodes); c.nodes > maxNodes {
		return nil, out.errorf("document has more than %d nodes once its aliases are followed", maxNodes)
	}
	return target, nil
}

// size counts the nodes of a tree, giving up past limit.
func (n *node) size(limit int) int {
	count := 1
	for _, item := range n.items {
		if count > limit {
			break
		}
		count += item.size(limit - count)
	}
	return count
}

func (c *converter) tag(out *node, v *ast.TagNode, depth int) (*node, *Error) {
	value, err := c.convert(v.Value, depth+1)
	if err != nil {
		return nil, err
	}
	switch name := v.Start.Value; name {
	case "!!str":
		if value.kind == mapNode || value.kind == listNode {
			return nil, out.errorf("tag !!str on %s", value.is())
		}
		if t := v.Value.GetToken(); value.kind != stringNode && t != nil {
			value.text = t.Value
		}
		value.kind = stringNode
	case "!!map", "!!seq", "!!int", "!!float", "!!bool", "!!null":
	default:
		return nil, out.errorf("tag %s is not supported in rules", name)
	}
	return value, nil
}

func (c *converter) scalar(out *node, n ast.Node) *Error {
	switch v := n.(type) {
	case *ast.StringNode:
		out.kind, out.text = stringNode, v.Value
		c.bigNumber(out, v)
	case *ast.LiteralNode:
		out.kind, out.text = stringNode, v.Value.Value
	case *ast.IntegerNode:
		out.kind, out.text = intNode, fmt.Sprint(v.Value)
	case *ast.FloatNode:
		out.kind, out.text = floatNode, formatFloat(v.Value)
	case *ast.InfinityNode, *ast.NanNode:
		return out.errorf("infinity and NaN are not supported in rules")
	case *ast.BoolNode:
		out.kind, out.text = boolNode, strconv.FormatBool(v.Value)
	case *ast.NullNode:
		out.kind, out.text = nullNode, "null"
	case nil:
		out.kind, out.text = nullNode, "null"
	default:
		return out.errorf("YAML %s is not supported in rules", n.Type())
	}
	return nil
}

// bigNumber recognises a plain integer beyond 64 bits, which the YAML library
// hands over as a string.
func (c *converter) bigNumber(out *node, v *ast.StringNode) {
	quoted := v.Token.Type == token.SingleQuoteType || v.Token.Type == token.DoubleQuoteType
	if !quoted && len(v.Value) > 18 && isDigits(strings.TrimPrefix(v.Value, "-")) {
		out.kind = intNode
	}
}
