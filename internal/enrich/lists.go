package enrich

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The formats of lists.
const (
	formatText = "text"
	formatCSV  = "csv"
	formatSTIX = "stix"
)

// maxList is how large a list of indicators may be, in bytes.
const maxList = 1 << 30

// format returns the list's format.
func (l *Indicators) format() string {
	switch {
	case l.Format != "":
		return l.Format
	case strings.EqualFold(filepath.Ext(l.File), ".csv"):
		return formatCSV
	case strings.EqualFold(filepath.Ext(l.File), ".json"):
		return formatSTIX
	default:
		return formatText
	}
}

// loadList adds the list's indicators to s under its number.
func (l *Indicators) load(s *indicators, number uint16, now time.Time) error {
	data, err := readFile(l.File, maxList)
	if err != nil {
		return err
	}
	yield := func(i indicator) { s.add(i, number) }
	switch l.format() {
	case formatCSV:
		err = readCSVList(data, l.Column, yield)
	case formatSTIX:
		err = readSTIX(data, now, yield)
	default:
		err = readTextList(data, yield)
	}
	if err != nil {
		return fmt.Errorf("%s:%w", l.File, err)
	}
	return nil
}

// maxBadLines is how many lines of a list may be no indicators. Lists that people
// publish have a few odd ones; one that has more is something else.
const maxBadLines = 100

// badLines counts the lines that are none.
type badLines struct {
	count, good int
	first       error
}

func (b *badLines) add(line int, text string) {
	b.count++
	if b.first == nil {
		b.first = fmt.Errorf("%d: %q is neither an address, a network, a domain, a hash nor a URL", line, shorten(text))
	}
}

// verdict is an error where the list is none.
func (b *badLines) verdict() error {
	if b.count > maxBadLines && b.count > b.good/10 || b.good == 0 && b.count > 0 {
		return fmt.Errorf("%w; %d lines are like that", b.first, b.count)
	}
	return nil
}

func shorten(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "..."
	}
	return s
}

// readTextList reads one indicator a line. What follows a # or ; at the start or
// behind a space is a comment, and so is what follows the first word.
func readTextList(data []byte, yield func(indicator)) error {
	var bad badLines
	number := 0
	for line := range bytes.Lines(data) {
		number++
		words := bytes.Fields(line)
		if len(words) == 0 || words[0][0] == '#' || words[0][0] == ';' {
			continue
		}
		word := words[0]
		// Lists in the form of /etc/hosts name the domain second.
		if len(words) > 1 && (string(word) == "0.0.0.0" || string(word) == "127.0.0.1") {
			word = words[1]
		}
		i, ok := classify(string(word))
		if !ok {
			bad.add(number, string(word))
			continue
		}
		bad.good++
		yield(i)
	}
	return bad.verdict()
}

// readCSVList reads the indicators of one column.
func readCSVList(data []byte, column string, yield func(indicator)) error {
	r := newCSV(data)
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("1: the header line can't be read: %w", err)
	}
	at := 0
	if column != "" {
		if at = slices.Index(head, column); at < 0 {
			return fmt.Errorf("1: there is no column %q; there are %s", column, strings.Join(head, ", "))
		}
	}
	var bad badLines
	// A list without a header line begins with an indicator.
	if i, ok := classify(head[at]); ok && column == "" {
		bad.good++
		yield(i)
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return bad.verdict()
		}
		if err != nil {
			return csvError(err)
		}
		line, _ := r.FieldPos(0)
		if at >= len(record) {
			bad.add(line, strings.Join(record, ","))
			continue
		}
		i, ok := classify(record[at])
		if !ok {
			bad.add(line, record[at])
			continue
		}
		bad.good++
		yield(i)
	}
}

// csvError is an error of package csv with its line in front.
func csvError(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("%d: %w", parse.Line, parse.Err)
	}
	return fmt.Errorf("1: %w", err)
}

func newCSV(data []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	r.Comment, r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = '#', -1, true, true
	return r
}
