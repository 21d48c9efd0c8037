package config

import (
	"encoding"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

func readSecret(name string, v reflect.Value) error {
	info, err := os.Stat(name) //nolint:gosec // the operator names the file
	if err != nil {
		return fmt.Errorf("read secret: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecret {
		return fmt.Errorf("read secret: %s is not a file of at most %d bytes", name, maxSecret)
	}
	data, err := os.ReadFile(name) //nolint:gosec // the operator names the file
	if err != nil {
		return fmt.Errorf("read secret: %w", err)
	}
	return setSecret(v, string(data), name)
}

// scalarText returns the text of a scalar as written, without quotes.
func scalarText(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// setText gives v, a type that reads text, the value that text stands for.
func setText(v reflect.Value, text string) error {
	if v.Type() == durationType {
		value, err := unit.ParseDuration(text)
		v.SetInt(int64(value))
		return err
	}
	reader, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr())
	if !ok {
		return fmt.Errorf("configuration can't hold a %v", v.Type())
	}
	return reader.UnmarshalText([]byte(text))
}

// setScalar gives v, a boolean, number or string, the value that text stands for.
func setScalar(v reflect.Value, text string) error {
	bad := fmt.Errorf("expected %s, found %q", expectation(v.Type()), text)
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		value, err := strconv.ParseBool(text)
		if err != nil {
			return bad
		}
		v.SetBool(value)
	case v.CanInt():
		value, err := strconv.ParseInt(text, 0, v.Type().Bits())
		if err != nil {
			return outOfRange(err, bad, v)
		}
		v.SetInt(value)
	case v.CanUint():
		value, err := strconv.ParseUint(text, 0, v.Type().Bits())
		if err != nil {
			return outOfRange(err, bad, v)
		}
		v.SetUint(value)
	case v.CanFloat():
		value, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil {
			return bad
		}
		v.SetFloat(value)
	default:
		return fmt.Errorf("configuration can't hold a %v", v.Type())
	}
	return nil
}

func outOfRange(err, bad error, v reflect.Value) error {
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%w, which does not fit %d bits", bad, v.Type().Bits())
	}
	return bad
}

// setSecret gives v, a secret, the value in text; to a list of secrets it adds
// each line of text that is not empty. Lists add up so that a secret can be
// replaced without a moment in which neither the old nor the new one is known.
func setSecret(v reflect.Value, text, origin string) error {
	if v.Type() == secretType {
		secret := unit.NewSecret(strings.TrimSpace(text))
		if secret.IsZero() {
			return fmt.Errorf("read secret: %s is empty", origin)
		}
		v.Set(reflect.ValueOf(secret))
		return nil
	}
	out := reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()+1), v)
	for line := range strings.Lines(text) {
		if secret := unit.NewSecret(strings.TrimSpace(line)); !secret.IsZero() {
			out = reflect.Append(out, reflect.ValueOf(secret))
		}
	}
	if out.Len() == v.Len() {
		return fmt.Errorf("read secret: %s is empty", origin)
	}
	v.Set(out)
	return nil
}
