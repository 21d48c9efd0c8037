package sigma

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// document is one YAML document on its way into a Set.
type document struct {
	meta     Meta
	kind     Kind
	root     *node
	warnings []warning
}

// readMeta fills d.meta from the document's top level.
func (d *document) readMeta() *Error {
	root := d.root
	if root.kind != mapNode {
		return root.errorf("document is %s; expected a map with the keys of a rule", root.is())
	}
	d.kind = kindOf(root)
	m := &d.meta
	m.Line = root.line
	m.Title = root.text1("title")
	m.Name = root.text1("name")
	m.ID = root.text1("id")
	switch {
	case m.ID != "":
		if !isUUID(m.ID) {
			d.warn(root.get("id"), "id %q is not a UUID", m.ID)
		}
	case m.Name != "":
		m.ID = m.Name
	default:
		sum := sha256.Sum256([]byte(m.Path + "\x00" + strconv.Itoa(m.Document)))
		m.ID = hex.EncodeToString(sum[:16])
	}
	sum := sha256.Sum256(root.appendCanonical(nil))
	m.Hash = hex.EncodeToString(sum[:16])
	if d.kind == "" {
		return root.errorf("document has none of the keys detection, correlation and filter")
	}
	return d.readDetails()
}

func kindOf(root *node) Kind {
	for _, kind := range []Kind{CorrelationKind, FilterKind, DetectionKind} {
		if root.get(string(kind)) != nil {
			return kind
		}
	}
	return ""
}

func (d *document) readDetails() *Error {
	root, m := d.root, &d.meta
	if m.Title == "" {
		return root.errorf("title is missing or empty")
	}
	m.Status = strings.ToLower(root.text1("status"))
	m.Description = root.text1("description")
	m.Author = strings.Join(root.texts("author"), ", ")
	m.Date = root.text1("date")
	m.Modified = root.text1("modified")
	m.License = root.text1("license")
	m.Taxonomy = root.text1("taxonomy")
	m.Tags = root.texts("tags")
	m.References = root.texts("references")
	m.FalsePositives = root.texts("falsepositives")
	m.Fields = root.texts("fields")
	m.Scope = root.texts("scope")
	m.Related = related(root.get("related"))
	d.checkStatus()
	d.custom()
	return d.level()
}

func (d *document) level() *Error {
	at := d.root.get("level")
	d.meta.Level = "medium"
	if at == nil || at.kind == nullNode {
		return nil
	}
	switch level := strings.ToLower(at.text); level {
	case "informational", "low", "medium", "high", "critical":
		d.meta.Level = level
		return nil
	}
	return at.errorf("level %q; expected informational, low, medium, high or critical", at.text)
}

func (d *document) checkStatus() {
	switch d.meta.Status {
	case "", "stable", "test", "experimental", "deprecated", "unsupported":
	default:
		d.warn(d.root.get("status"), "status %q; expected stable, test, experimental, deprecated or unsupported", d.meta.Status)
	}
}

func (d *document) warn(at *node, format string, args ...any) {
	d.warnings = append(d.warnings, warning{at.line, at.column, fmt.Sprintf(format, args...)})
}

var knownKeys = map[string]bool{
	"title": true, "id": true, "name": true, "level": true, "status": true, "description": true, "author": true,
	"date": true, "modified": true, "tags": true, "references": true, "falsepositives": true, "fields": true,
	"related": true, "license": true, "scope": true, "taxonomy": true, "logsource": true, "detection": true,
	"correlation": true, "filter": true, "generate": true,
}

func (d *document) custom() {
	for i, key := range d.root.keys {
		if knownKeys[key] {
			continue
		}
		if d.meta.Custom == nil {
			d.meta.Custom = map[string]any{}
		}
		d.meta.Custom[key] = d.root.items[i].value()
	}
}

// text1 returns the text of a scalar key, or "".
func (n *node) text1(key string) string {
	v := n.get(key)
	if v == nil || v.kind == nullNode || v.kind == mapNode || v.kind == listNode {
		return ""
	}
	return v.text
}

// texts returns a key's list of scalars; a single scalar is a list of one.
func (n *node) texts(key string) []string {
	v := n.get(key)
	if v == nil || v.kind == nullNode || v.kind == mapNode {
		return nil
	}
	if v.kind != listNode {
		return []string{v.text}
	}
	out := make([]string, 0, len(v.items))
	for _, item := range v.items {
		if item.kind != mapNode && item.kind != listNode && item.kind != nullNode {
			out = append(out, item.text)
		}
	}
	return out
}

func related(n *node) []Related {
	if n == nil || n.kind != listNode {
		return nil
	}
	var out []Related
	for _, item := range n.items {
		if item.kind == mapNode {
			out = append(out, Related{ID: item.text1("id"), Type: item.text1("type")})
		}
	}
	return out
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
			continue
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// appendCanonical appends a form of the tree that only equal trees share. Places
// and the order of a map's keys do not count.
func (n *node) appendCanonical(dst []byte) []byte {
	dst = fmt.Appendf(dst, "%d:%d:%s(", n.kind, len(n.text), n.text)
	order := sortedIndex(n.keys)
	for i := range n.items {
		at := i
		if n.kind == mapNode {
			at = order[i]
			dst = fmt.Appendf(dst, "%d:%s=", len(n.keys[at]), n.keys[at])
		}
		dst = n.items[at].appendCanonical(dst)
	}
	return append(dst, ')')
}
