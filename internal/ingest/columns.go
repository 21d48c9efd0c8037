package ingest

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/format"
)

// follower follows the header lines of streams of one origin, so that each of
// their messages can say what is in force where it starts.
type follower struct {
	format *format.Format
	// none says that lines of the format need no header lines.
	none bool
	// words says that header lines are not only those with a number sign.
	words bool
}

// newFollower returns the follower of the lines of o. Where nobody says here
// which format they have, the normalizers may know; header lines of any format
// are then followed.
func newFollower(o origin) follower {
	name := o.format
	if name == "" {
		name = o.source
	}
	f, known := format.Lookup(name)
	if !known {
		// A format of the user's own reads each line by itself.
		return follower{none: o.format != "" && o.format != format.AutoName}
	}
	return follower{format: f, none: !format.ReadsColumns(f), words: !strings.ContainsRune(f.Starts, '#')}
}

// after returns the header lines in force behind line, where have were before.
// The lines of most streams cost it a look at their first byte.
func (f follower) after(have string, line []byte, first bool) string {
	if f.none || len(line) == 0 || !first && line[0] != '#' && (!f.words || line[0] < 'a' || line[0] > 'z') {
		return have
	}
	after, _ := format.AfterLine(f.format, have, string(line), first)
	return after
}
