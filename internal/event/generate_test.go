package event

import (
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// anyText draws texts with what JSON has to escape in them, valid UTF-8.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOfN(rapid.RuneFrom([]rune("ab\"\\/\n\r\t\x00\x1f \x7fé€😀\u2028\ufffd")), 1, 60, -1),
		rapid.Just(strings.Repeat("x", 23)+`"`),
	).Filter(utf8.ValidString)
}

func anyIP() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "v4") {
			return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "quad"))).String()
		}
		return netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))).Unmap().String()
	})
}

// anyJSON draws a value as encoding/json knows it, nested depth levels at most.
func anyJSON(depth int) *rapid.Generator[any] {
	leaves := []*rapid.Generator[any]{
		rapid.Map(anyText(), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(f float64) any { return f }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
	}
	if depth > 0 {
		leaves = append(leaves,
			rapid.Map(rapid.SliceOfN(anyJSON(depth-1), 0, 4), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(anyText(), anyJSON(depth-1), 0, 4), func(m map[string]any) any { return m }))
	}
	return rapid.OneOf(leaves...)
}

func anyValue() *rapid.Generator[Value] {
	return rapid.Map(anyJSON(3), func(v any) Value {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		switch v := v.(type) {
		case string:
			return String(v)
		case bool:
			return Value{KindBool, string(text)}
		case nil:
			return Value{KindNull, "null"}
		case []any:
			return Value{KindArray, string(text)}
		case map[string]any:
			return Value{KindObject, string(text)}
		default:
			return Value{KindNumber, string(text)}
		}
	})
}

// anyEvent draws an event that keeps the contracts of its columns.
func anyEvent() *rapid.Generator[*Event] {
	return rapid.Custom(func(t *rapid.T) *Event {
		var e Event
		for _, c := range rapid.SliceOfDistinct(rapid.SampledFrom(Order()), func(c Column) Column { return c }).Draw(t, "columns") {
			drawColumn(t, &e, c)
		}
		for range rapid.OneOf(rapid.IntRange(0, 6), rapid.IntRange(0, 80)).Draw(t, "extra fields") {
			e.SetExtra(anyText().Draw(t, "name"), anyValue().Draw(t, "value"))
		}
		return &e
	})
}

func drawColumn(t *rapid.T, e *Event, c Column) {
	info := c.Info()
	switch info.Type {
	case Text:
		e.SetText(c, anyText().Draw(t, info.Name))
	case IP:
		e.SetIP(c, anyIP().Draw(t, info.Name))
	case Enum:
		e.SetText(c, rapid.SampledFrom(info.Values).Draw(t, info.Name))
	case Port:
		e.SetPort(c, rapid.Int64Range(0, 65535).Draw(t, info.Name))
	case List:
		e.SetList(c, rapid.SliceOfN(anyText(), 0, 4).Draw(t, info.Name))
	default:
		e.SetInt(c, rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, -1, math.MinInt64, math.MaxInt64})).Draw(t, info.Name))
	}
}
