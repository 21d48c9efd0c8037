package config

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

// YAML writes c as a file that Load reads to the same configuration, except for
// secrets: those, and passwords inside URLs, show as "***".
func (c *Config) YAML() string {
	var out strings.Builder
	writeSection(&out, c.root(), "")
	return out.String()
}

func writeSection(out *strings.Builder, v reflect.Value, indent string) {
	for _, f := range fieldsOf(v) {
		if !f.file {
			writeEntry(out, f.key, f.value, indent)
		}
	}
}

func writeEntry(out *strings.Builder, key string, v reflect.Value, indent string) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch {
	case isText(v.Type()) || v.Type() == durationType:
	case v.Kind() == reflect.Struct:
		fmt.Fprintf(out, "%s%s:\n", indent, key)
		writeSection(out, v, indent+"  ")
		return
	case v.Kind() == reflect.Map && v.Len() > 0:
		fmt.Fprintf(out, "%s%s:\n", indent, key)
		names := v.MapKeys()
		slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, name := range names {
			writeEntry(out, quoted(name.String()), v.MapIndex(name), indent+"  ")
		}
		return
	case v.Kind() == reflect.Slice && v.Len() > 0 && isSection(v.Type().Elem()):
		fmt.Fprintf(out, "%s%s:\n", indent, key)
		for i := range v.Len() {
			writeItem(out, v.Index(i), indent)
		}
		return
	}
	fmt.Fprintf(out, "%s%s: %s\n", indent, key, plain(v))
}

// writeItem writes a section as an element of a list.
func writeItem(out *strings.Builder, v reflect.Value, indent string) {
	var item strings.Builder
	writeSection(&item, v, indent+"    ")
	text := strings.TrimPrefix(item.String(), indent+"    ")
	fmt.Fprintf(out, "%s  - %s", indent, text)
}

func isSection(t reflect.Type) bool { return t.Kind() == reflect.Struct && !isText(t) }

// plain writes a scalar or a list of scalars.
func plain(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Duration, unit.Duration, unit.Bytes:
		// A number with a unit needs no quotes.
		return fmt.Sprint(value)
	}
	if isText(v.Type()) {
		if writer, ok := reflect.TypeAssert[encoding.TextMarshaler](v); ok {
			text, err := writer.MarshalText()
			if err == nil {
				return quoted(string(text))
			}
		}
		return quoted(fmt.Sprint(v.Interface()))
	}
	switch v.Kind() {
	case reflect.String:
		return quoted(maskURL(v.String()))
	case reflect.Map:
		return "{}"
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = plain(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		return fmt.Sprint(v.Interface())
	}
}

// quoted puts s in quotes unless it is a word that YAML reads as text.
func quoted(s string) string {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '/' || r == '_'
		if letter || i > 0 && (r >= '0' && r <= '9' || r == '-' || r == '.') {
			continue
		}
		return strconv.Quote(s)
	}
	switch strings.ToLower(s) {
	case "", "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return strconv.Quote(s)
	}
	return s
}

// mask stands for what must not be shown.
const mask = "***"

// maskURL hides the password in each of s's comma-separated URLs.
func maskURL(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	parts := strings.Split(s, ",")
	for i, part := range parts {
		u, err := url.Parse(strings.TrimSpace(part))
		switch {
		case err != nil:
			// It can't be told where a password would stand.
			return mask
		case u.User == nil || u.Host == "":
			continue
		}
		// A lone user name in a NATS URL is a token.
		u.User = nil
		parts[i] = strings.Replace(u.String(), "://", "://***@", 1)
	}
	return strings.Join(parts, ",")
}
