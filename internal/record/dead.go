package record

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// Dead is a dead letter: a line that could not become an event, with its exact
// bytes and the reason. It travels as JSON on siem.dead.<source>.
type Dead struct {
	// ID is the id that the line's event would have had.
	ID string
	// Source and Path say where the line came from.
	Source string
	Path   string
	// Format is the format that was tried.
	Format string
	// Reason says what was expected and what was found.
	Reason string
	// Offset is the byte of Raw at which Format gave up.
	Offset int
	// Batch and Line are the line's place in the raw stream. A line that was
	// refused before it got there has no batch.
	Batch BatchID
	Line  int
	// Received is the time of reception.
	Received time.Time
	Peer     string
	// Columns are the header lines of its stream that were in force, separated by
	// newlines.
	Columns string
	// Part and Parts number the pieces of a line that is too long for one
	// message, from 1; both are 0 for a line in one piece. Parts is only known
	// on the last piece and 0 on the others.
	Part, Parts int
	// Raw holds the exact bytes.
	Raw []byte
}

// MaxDeadRaw is how many bytes of a line one dead letter holds; longer lines
// become several, numbered by Part.
const MaxDeadRaw = 512 << 10

type deadJSON struct {
	ID        string    `json:"id"`
	Source    string    `json:"source"`
	Path      string    `json:"source_path,omitempty"`
	Format    string    `json:"format"`
	Reason    string    `json:"reason"`
	Offset    int       `json:"offset"`
	Batch     BatchID   `json:"batch,omitempty"`
	Line      int       `json:"line,omitempty"`
	Received  time.Time `json:"received"`
	Peer      string    `json:"peer,omitempty"`
	Columns   string    `json:"columns,omitempty"`
	Part      int       `json:"part,omitempty"`
	Parts     int       `json:"parts,omitempty"`
	Raw       *string   `json:"raw,omitempty"`
	RawBase64 string    `json:"raw_base64,omitempty"`
}

// MarshalJSON writes Raw as a JSON string where it is valid UTF-8 and as
// raw_base64 where it is not, so that the bytes survive exactly. Long text that
// JSON would escape most of is written as raw_base64, too: a letter of MaxDeadRaw
// bytes then fits the 1 MiB that a NATS server takes by default.
func (d Dead) MarshalJSON() ([]byte, error) {
	out := deadJSON{
		ID: d.ID, Source: d.Source, Path: d.Path, Format: d.Format, Reason: d.Reason, Offset: d.Offset,
		Batch: d.Batch, Line: d.Line, Received: d.Received.UTC(), Peer: d.Peer, Columns: d.Columns, Part: d.Part, Parts: d.Parts,
	}
	if utf8.Valid(d.Raw) && (len(d.Raw) <= longText || escapedLen(d.Raw) <= base64.StdEncoding.EncodedLen(len(d.Raw))) {
		raw := string(d.Raw)
		out.Raw = &raw
	} else {
		out.RawBase64 = base64.StdEncoding.EncodeToString(d.Raw)
	}
	return json.Marshal(out)
}

// longText is the length from which on the cost of escapes is counted.
const longText = 64 << 10

// escapedLen is how many bytes encoding/json makes of text, give or take the
// rare separators U+2028 and U+2029.
func escapedLen(text []byte) int {
	n := len(text)
	for _, c := range text {
		switch {
		case c == '"', c == '\\', c == '\n', c == '\r', c == '\t':
			n++
		case c < 0x20, c == '<', c == '>', c == '&':
			n += 5
		}
	}
	return n
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Dead) UnmarshalJSON(data []byte) error {
	var in deadJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("decode dead letter: %w", err)
	}
	*d = Dead{
		ID: in.ID, Source: in.Source, Path: in.Path, Format: in.Format, Reason: in.Reason, Offset: in.Offset,
		Batch: in.Batch, Line: in.Line, Received: in.Received, Peer: in.Peer, Columns: in.Columns, Part: in.Part, Parts: in.Parts,
	}
	if in.Raw != nil {
		d.Raw = []byte(*in.Raw)
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(in.RawBase64)
	if err != nil {
		return fmt.Errorf("decode dead letter %s: raw_base64: %w", in.ID, err)
	}
	d.Raw = raw
	return nil
}

// SplitDead returns d in pieces of at most MaxDeadRaw bytes, numbered from 1; a
// letter that is small enough comes back alone and unnumbered.
func SplitDead(d Dead) []Dead {
	if len(d.Raw) <= MaxDeadRaw {
		return []Dead{d}
	}
	var pieces []Dead
	for rest := d.Raw; len(rest) > 0; {
		n := min(len(rest), MaxDeadRaw)
		piece := d
		piece.Raw, rest = rest[:n], rest[n:]
		piece.Part = len(pieces) + 1
		pieces = append(pieces, piece)
	}
	pieces[len(pieces)-1].Parts = len(pieces)
	return pieces
}
