package record

import "strings"

// EncodeColumns returns header lines, separated by newlines, as a value of
// HeaderColumns, in which a newline, a carriage return and a tab are \n, \r and
// \t, and a backslash is doubled. It returns "" for more than MaxColumns bytes.
func EncodeColumns(text string) string {
	if len(text) > MaxColumns {
		return ""
	}
	return columnsEscaper.Replace(text)
}

// DecodeColumns returns the header lines in a value of HeaderColumns. A backslash
// before another byte stays as it is, so that simple lines can be given as they
// are. What is too long counts as nothing.
func DecodeColumns(value string) string {
	if len(value) > 2*MaxColumns {
		return ""
	}
	if strings.IndexByte(value, '\\') >= 0 {
		value = columnsUnescaper.Replace(value)
	}
	if len(value) > MaxColumns {
		return ""
	}
	return value
}

var (
	columnsEscaper   = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	columnsUnescaper = strings.NewReplacer(`\\`, "\\", `\n`, "\n", `\r`, "\r", `\t`, "\t")
)
