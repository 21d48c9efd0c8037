package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"unicode/utf16"
)

// encodeUTF16 returns the UTF-16 bytes of s in the byte order that modifier
// names: wide and utf16le little endian, utf16be big endian, utf16 little endian
// behind the byte order mark FF FE.
func encodeUTF16(s, modifier string) string {
	var out []byte
	if modifier == "utf16" {
		out = append(out, 0xff, 0xfe)
	}
	for _, unit := range utf16.Encode([]rune(s)) {
		if modifier == "utf16be" {
			out = binary.BigEndian.AppendUint16(out, unit)
			continue
		}
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return string(out)
}

func encodeBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// encodeOffsets returns the Base64 text of s at each of the three alignments it
// can have inside a longer text, trimmed to the characters that s alone decides.
func encodeOffsets(s string) []string {
	skip, drop := [3]int{0, 2, 3}, [3]int{0, 3, 2}
	var out []string
	for i := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, i), s...))
		end := len(text) - drop[(len(s)+i)%3]
		if skip[i] < end {
			out = append(out, text[skip[i]:end])
		}
	}
	return out
}
