package format

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Problem is one thing that is wrong with a user's format file.
type Problem struct {
	// File, Line and Column say where; Line and Column count from 1 and are 0
	// where the whole file is meant.
	File         string
	Line, Column int
	// Key is the path of the key, "patterns[0].dissect".
	Key string
	// Text says what was expected and what was found.
	Text string
}

// String writes the problem as "file:line:column: key: text".
func (p Problem) String() string {
	var out strings.Builder
	out.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&out, ":%d:%d", p.Line, p.Column)
	}
	out.WriteString(": ")
	if p.Key != "" {
		out.WriteString(p.Key + ": ")
	}
	return out.String() + p.Text
}

// Problems is the error of format files: everything that is wrong with them, in
// the order of files and lines. It is never empty.
type Problems []Problem

// Error writes one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	if len(lines) == 1 {
		return lines[0]
	}
	return fmt.Sprintf("%d problems:\n%s", len(lines), strings.Join(lines, "\n"))
}

// ownReader reads one format file and gathers what is wrong with it.
type ownReader struct {
	file     string
	source   []string
	problems Problems
}

func (r *ownReader) problemAt(node ast.Node, offset int, key, text string) {
	p := Problem{File: r.file, Key: key, Text: text}
	if t := yamlToken(node); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
		p.Column += r.inside(node, t, offset)
	}
	r.problems = append(r.problems, p)
}

func (r *ownReader) problem(node ast.Node, key, format string, args ...any) {
	r.problemAt(node, 0, key, fmt.Sprintf(format, args...))
}

// inside returns how far behind its token's start byte offset of a text stands,
// 0 where the file writes the text in another way.
func (r *ownReader) inside(node ast.Node, t *token.Token, offset int) int {
	s, ok := node.(*ast.StringNode)
	if !ok || offset == 0 || t.Position.Line > len(r.source) {
		return 0
	}
	line := r.source[t.Position.Line-1]
	if at := strings.Index(line, s.Value); at >= 0 && at <= t.Position.Column+1 {
		return at + offset - (t.Position.Column - 1)
	}
	return 0
}

// yamlToken returns where node starts. A mapping's own token is the colon of its
// first entry, so its key stands for it.
func yamlToken(node ast.Node) *token.Token {
	switch n := node.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return yamlToken(n.Values[0].Key)
		}
		return n.Start
	case *ast.MappingValueNode:
		return yamlToken(n.Key)
	default:
		return node.GetToken()
	}
}

// root parses data and returns the one document's top, nil where there is none.
func (r *ownReader) root(data []byte) ast.Node {
	if len(data) > maxOwnFile {
		r.problem(nil, "", "is %d bytes long; expected at most %d", len(data), maxOwnFile)
		return nil
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	var top ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case top != nil:
			r.problem(doc.Body, "", "a second document starts here; expected one format a file")
		default:
			top = doc.Body
		}
	}
	if top == nil {
		r.problem(nil, "", "is empty; expected a format with name and patterns")
	}
	return top
}

func (r *ownReader) syntax(err error) {
	p := Problem{File: r.file, Text: "not valid YAML: " + err.Error()}
	if syntax := yaml.Error(nil); errors.As(err, &syntax) {
		p.Text = "not valid YAML: " + syntax.GetMessage()
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			p.Line, p.Column = t.Position.Line, t.Position.Column
		}
	}
	r.problems = append(r.problems, p)
}

// ownEntry is one key of a section.
type ownEntry struct {
	name string
	key  ast.Node
	node ast.Node
}

// ownSection is a mapping of the file.
type ownSection struct {
	r       *ownReader
	path    string
	node    ast.Node
	entries []ownEntry
}

// section reads node as a mapping with the given keys; without any, all keys are
// allowed.
func (r *ownReader) section(path string, node ast.Node, keys ...string) (ownSection, bool) {
	s := ownSection{r: r, path: path, node: node}
	var values []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.problem(node, path, "expected a section of keys, found %s", yamlKind(node))
		return s, false
	}
	for _, v := range values {
		name, ok := yamlScalar(v.Key)
		if !ok {
			r.problem(v.Key, path, "expected a plain key; anchors, aliases, merge keys and tags are not supported")
			continue
		}
		if s.find(name) != nil {
			r.problem(v.Key, s.at(name), "is set twice; remove one")
			continue
		}
		if len(keys) > 0 && !slices.Contains(keys, name) {
			r.problem(v.Key, s.at(name), "unknown key; expected one of %s", strings.Join(keys, ", "))
			continue
		}
		s.entries = append(s.entries, ownEntry{name, v.Key, v.Value})
	}
	return s, true
}

func (s *ownSection) at(name string) string {
	if s.path == "" {
		return name
	}
	return s.path + "." + name
}

func (s *ownSection) find(name string) *ownEntry {
	for i := range s.entries {
		if s.entries[i].name == name {
			return &s.entries[i]
		}
	}
	return nil
}

// has reports whether the key is there, with a value or without.
func (s *ownSection) has(name string) bool { return s.find(name) != nil }

// text returns the scalar of a key, "" where there is none.
func (s *ownSection) text(name string) string {
	e := s.find(name)
	if e == nil {
		return ""
	}
	text, ok := yamlScalar(e.node)
	if !ok {
		s.r.problem(e.node, s.at(name), "expected text, found %s", yamlKind(e.node))
	}
	return text
}

// flag returns a boolean, false where there is none.
func (s *ownSection) flag(name string) bool {
	e := s.find(name)
	if e == nil {
		return false
	}
	b, ok := e.node.(*ast.BoolNode)
	if !ok {
		s.r.problem(e.node, s.at(name), "expected true or false, found %s", yamlKind(e.node))
		return false
	}
	return b.Value
}

// ownItem is one text of a list.
type ownItem struct {
	text string
	node ast.Node
	path string
}

// list returns the texts of a list, or the one text that stands there instead.
func (s *ownSection) list(name string) []ownItem {
	e := s.find(name)
	if e == nil {
		return nil
	}
	return s.r.list(s.at(name), e.node)
}

func (r *ownReader) list(path string, node ast.Node) []ownItem {
	if text, ok := yamlScalar(node); ok {
		return []ownItem{{text, node, path}}
	}
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		r.problem(node, path, "expected a text or a list of texts, found %s", yamlKind(node))
		return nil
	}
	items := make([]ownItem, 0, len(sequence.Values))
	for i, n := range sequence.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		text, ok := yamlScalar(n)
		if !ok {
			r.problem(n, at, "expected a text, found %s", yamlKind(n))
			continue
		}
		items = append(items, ownItem{text, n, at})
	}
	return items
}

// elements returns the nodes of a list of sections.
func (s *ownSection) elements(name string) []ast.Node {
	e := s.find(name)
	if e == nil {
		return nil
	}
	sequence, ok := e.node.(*ast.SequenceNode)
	if !ok {
		s.r.problem(e.node, s.at(name), "expected a list, found %s", yamlKind(e.node))
		return nil
	}
	return sequence.Values
}

// yamlScalar returns the text of a scalar as written, without quotes.
func yamlScalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSuffix(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	}
	return "", false
}

func yamlKind(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section of keys"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode, nil:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "an anchor, alias, merge key or tag, which is not supported"
	default:
		return "a plain value"
	}
}

// sorted returns the problems in the order of the file.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return ps
}
