package sigma

import (
	"slices"
	"strings"
)

// fragment is a piece of a value with placeholders: text as written in the rule,
// or the name of a placeholder.
type fragment struct {
	text        string
	placeholder bool
}

// splitPlaceholders cuts a value at its %name% placeholders. "\%" is a literal
// percent sign, as is one that starts no placeholder.
func splitPlaceholders(s string) []fragment {
	var out []fragment
	var lit strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '\\' && i+1 < len(s) {
			if s[i+1] != '%' {
				lit.WriteByte('\\')
			}
			lit.WriteByte(s[i+1])
			i += 2
			continue
		}
		if name := placeholderName(s[i:]); name != "" {
			if lit.Len() > 0 {
				out = append(out, fragment{text: lit.String()})
				lit.Reset()
			}
			out = append(out, fragment{text: name, placeholder: true})
			i += len(name) + 2
			continue
		}
		lit.WriteByte(s[i])
		i++
	}
	if lit.Len() > 0 || len(out) == 0 {
		out = append(out, fragment{text: lit.String()})
	}
	return out
}

// placeholderName returns the name in a "%name%" that s starts with, or "".
func placeholderName(s string) string {
	if s[0] != '%' {
		return ""
	}
	name, _, ok := strings.Cut(s[1:], "%")
	if !ok {
		return ""
	}
	for _, r := range name {
		if !isWord(r) && r != '-' && r != '.' {
			return ""
		}
	}
	return name
}

// expand returns the patterns that v stands for once its placeholders are
// replaced by their configured values, in every combination.
func (c *compiler) expand(v *node) ([]pattern, *Error) {
	out := []pattern{nil}
	for _, f := range splitPlaceholders(v.text) {
		if !f.placeholder {
			p := parsePattern(f.text)
			for i := range out {
				out[i] = out[i].join(p)
			}
			continue
		}
		values, err := c.placeholder(v, f.text, len(out))
		if err != nil {
			return nil, err
		}
		next := make([]pattern, 0, len(out)*len(values))
		for _, head := range out {
			for _, value := range values {
				next = append(next, head.join(parsePattern(value)))
			}
		}
		out = next
	}
	return out, nil
}

// expandTexts is expand for values that are no Sigma strings.
func (c *compiler) expandTexts(v *node) ([]string, *Error) {
	out := []string{""}
	for _, f := range splitPlaceholders(v.text) {
		values := []string{f.text}
		if f.placeholder {
			var err *Error
			if values, err = c.placeholder(v, f.text, len(out)); err != nil {
				return nil, err
			}
		}
		next := make([]string, 0, len(out)*len(values))
		for _, head := range out {
			for _, value := range values {
				next = append(next, head+value)
			}
		}
		out = next
	}
	return out, nil
}

func (c *compiler) placeholder(v *node, name string, times int) ([]string, *Error) {
	values, ok := c.options.Placeholders[name]
	if !ok || len(values) == 0 {
		return nil, v.errorf("placeholder %%%s%% has no values; configure some", name)
	}
	if times*len(values) > min(maxPlaceholders, c.options.Limits.Values) {
		return nil, v.errorf("placeholders expand to more than %d values", min(maxPlaceholders, c.options.Limits.Values))
	}
	return values, nil
}

// join returns p followed by q.
func (p pattern) join(q pattern) pattern {
	out := slices.Clip(p)
	for _, next := range q {
		last := len(out) - 1
		switch {
		case last >= 0 && next.kind == starPart && out[last].kind == starPart:
		case last >= 0 && next.kind == literalPart && out[last].kind == literalPart:
			out = append(out[:last:last], part{literalPart, out[last].text + next.text})
		default:
			out = append(out, next)
		}
	}
	return out
}
