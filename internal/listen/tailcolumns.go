package listen

import "bytes"

// columnsHead is how much of a file's beginning is searched for header lines
// when reading starts behind it.
const columnsHead = 64 << 10

// columnsAfter returns the header lines in force behind the lines in data; first
// says that data begins with the file's first line.
func (t *Tail) columnsAfter(have string, data []byte, first bool) string {
	if t.opts.Columns == nil {
		return have
	}
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte{'\n'})
		data = rest
		if line = trimCR(line); len(line) > 0 {
			have = t.opts.Columns(have, line, first)
			first = false
		}
	}
	return have
}

// lookForColumns finds the header lines at the beginning of a file that is read
// from further on, where no state says them: it began at the end, or the state
// is of a version that knew no header lines.
func (t *Tail) lookForColumns(f *tailed) {
	if t.opts.Columns == nil || f.looked || f.gzip {
		return
	}
	f.looked = true
	if f.pos == 0 || f.columns != "" {
		return
	}
	head, _, err := f.source.window(0, t.scratch[:min(columnsHead, f.pos)])
	if err != nil {
		return // reading on tells
	}
	end := bytes.LastIndexByte(head, '\n') + 1
	f.columns = t.columnsAfter("", head[:end], true)
}
