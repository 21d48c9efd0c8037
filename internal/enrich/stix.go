package enrich

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// stixObject is what is read of the objects of a bundle (STIX 2.1, section 4.7
// "Indicator"). Objects that refer to each other are not followed, so that cycles
// do no harm.
type stixObject struct {
	Type        string    `json:"type"`
	ID          string    `json:"id"`
	Pattern     string    `json:"pattern"`
	PatternType string    `json:"pattern_type"`
	Revoked     bool      `json:"revoked"`
	ValidUntil  time.Time `json:"valid_until"`
}

// readSTIX reads the indicators of a bundle. Those that are revoked or expired,
// and patterns of other languages, are left out. Comparisons of a pattern that
// are combined with AND are left out too: one of them alone does not match.
func readSTIX(data []byte, now time.Time, yield func(indicator)) error {
	var bundle struct {
		Type    string       `json:"type"`
		Objects []stixObject `json:"objects"`
	}
	if err := json.Unmarshal(data, &bundle); err != nil {
		return fmt.Errorf("1: not a STIX bundle: %w", err)
	}
	if bundle.Type != "bundle" {
		return fmt.Errorf("1: not a STIX bundle: its type is %q; expected \"bundle\"", bundle.Type)
	}
	for i := range bundle.Objects {
		o := &bundle.Objects[i]
		if o.Type != "indicator" || o.Revoked || o.PatternType != "" && o.PatternType != "stix" || !o.ValidUntil.IsZero() && o.ValidUntil.Before(now) {
			continue
		}
		found, err := stixPattern(o.Pattern)
		if err != nil {
			return fmt.Errorf("1: objects[%d] %s: %w", i, shorten(o.ID), err)
		}
		for _, one := range found {
			yield(one)
		}
	}
	return nil
}

// stixPattern returns the indicators that a pattern names: of
// "[ipv4-addr:value = '192.0.2.1' OR domain-name:value IN ('example.com')]" two.
// What else a pattern can say, it says of things that logs don't have.
func stixPattern(pattern string) ([]indicator, error) {
	p := stixParser{text: pattern}
	var out []indicator
	for {
		p.space()
		switch {
		case p.done():
			return out, nil
		case !p.skip("["):
			// Qualifiers and operators between observations: WITHIN, AND, FOLLOWEDBY.
			if word := p.word(); word == "" {
				p.at++
			}
		default:
			found, err := p.observation()
			if err != nil {
				return nil, fmt.Errorf("pattern, character %d: %w", p.at+1, err)
			}
			out = append(out, found...)
		}
	}
}

type stixParser struct {
	text string
	at   int
}

func (p *stixParser) done() bool { return p.at >= len(p.text) }

func (p *stixParser) space() {
	for !p.done() && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *stixParser) skip(token string) bool {
	if !strings.HasPrefix(p.text[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

// word reads letters, digits and what object paths are made of.
func (p *stixParser) word() string {
	start := p.at
	for !p.done() {
		b := p.text[p.at]
		if (b|0x20 < 'a' || b|0x20 > 'z') && (b < '0' || b > '9') && strings.IndexByte("-_.:*", b) < 0 {
			break
		}
		p.at++
	}
	return p.text[start:p.at]
}

// observation reads up to the closing bracket.
func (p *stixParser) observation() ([]indicator, error) {
	var out []indicator
	and := false
	for {
		p.space()
		switch {
		case p.done():
			return nil, fmt.Errorf("the observation is not closed; expected ]")
		case p.skip("]"):
			if and {
				return nil, nil
			}
			return out, nil
		case p.skip("("), p.skip(")"):
			continue
		}
		path, err := p.path()
		if err != nil {
			return nil, err
		}
		switch path {
		case "OR", "NOT":
			continue
		case "AND":
			and = true
			continue
		}
		values, equal, err := p.comparison()
		if err != nil {
			return nil, err
		}
		if !equal {
			continue
		}
		for _, value := range values {
			if i, ok := stixIndicator(path, value); ok {
				out = append(out, i)
			}
		}
	}
}

// path reads an object path, "file:hashes.'SHA-256'", or an operator between
// comparisons.
func (p *stixParser) path() (string, error) {
	start := p.at
	for {
		p.word()
		switch {
		case !p.done() && p.text[p.at] == '\'':
			if _, err := p.literal(); err != nil {
				return "", err
			}
		case !p.done() && p.text[p.at] == '[':
			end := strings.IndexByte(p.text[p.at:], ']')
			if end < 0 {
				return "", fmt.Errorf("a list index is not closed; expected ]")
			}
			p.at += end + 1
		case p.at == start:
			return "", fmt.Errorf("expected an object path such as ipv4-addr:value")
		default:
			return p.text[start:p.at], nil
		}
	}
}

// comparison reads an operator and what stands on its right. equal is set for =
// and IN, which name values.
func (p *stixParser) comparison() (values []string, equal bool, err error) {
	p.space()
	negated := false
	operator := ""
	for _, token := range []string{"!=", "<=", ">=", "=", "<", ">"} {
		if p.skip(token) {
			operator = token
			break
		}
	}
	if operator == "" {
		operator = p.word()
		if operator == "NOT" {
			negated = true
			p.space()
			operator = p.word()
		}
	}
	p.space()
	switch operator {
	case "=", "IN", "!=", "<", ">", "<=", ">=", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET":
	default:
		return nil, false, fmt.Errorf("expected a comparison such as = or IN")
	}
	if p.skip("(") {
		values, err = p.set()
	} else {
		values, err = p.value()
	}
	return values, !negated && (operator == "=" || operator == "IN" || operator == "ISSUBSET"), err
}

func (p *stixParser) set() (values []string, err error) {
	for {
		p.space()
		one, err := p.value()
		if err != nil {
			return nil, err
		}
		values = append(values, one...)
		p.space()
		switch {
		case p.skip(")"):
			return values, nil
		case !p.skip(","):
			return nil, fmt.Errorf("expected a comma or ) in a list of values")
		}
	}
}

// value reads a string, or anything else, which is no value of an indicator.
func (p *stixParser) value() ([]string, error) {
	if !p.done() && p.text[p.at] == '\'' {
		s, err := p.literal()
		return []string{s}, err
	}
	if word := p.word(); word == "" {
		return nil, fmt.Errorf("expected a value")
	} else if len(word) == 1 && !p.done() && p.text[p.at] == '\'' {
		_, err := p.literal() // t'...', h'...', b'...'
		return nil, err
	}
	return nil, nil
}

// literal reads a string in single quotes, in which a backslash takes the next
// byte along.
func (p *stixParser) literal() (string, error) {
	var b strings.Builder
	for i := p.at + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\' && i+1 < len(p.text):
			i++
			b.WriteByte(p.text[i])
		case c == '\'':
			p.at = i + 1
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("a string is not closed; expected '")
}

// stixIndicator returns the indicator that an object path and a value make.
func stixIndicator(path, value string) (indicator, bool) {
	object, property, _ := strings.Cut(path, ":")
	switch {
	case (object == "ipv4-addr" || object == "ipv6-addr") && property == "value", strings.HasSuffix(property, "_ref.value") && object == "network-traffic":
		if network, err := netip.ParsePrefix(value); err == nil {
			return ofNetwork(network), true
		}
		i, ok := classify(value)
		return i, ok && i.kind == kindAddress
	case object == "domain-name" && property == "value":
		domain, ok := canonicalDomain(nil, value)
		return indicator{kind: kindDomain, value: string(domain)}, ok
	case object == "url" && property == "value":
		url, ok := canonicalURL([]byte(value))
		return indicator{kind: kindURL, value: string(url)}, ok && len(value) <= maxURL
	case strings.Contains(property, "hashes."):
		hash, ok := canonicalHash(nil, value)
		return indicator{kind: kindHash, value: string(hash)}, ok
	default:
		return indicator{}, false
	}
}
