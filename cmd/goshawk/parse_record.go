package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// take parses the next line of a file, or keeps it until it is known whether the
// lines behind it belong to it.
func (p *lineParser) take(name, text string, size int, first bool) error {
	plain := text != "" && size <= record.MaxLine
	if n := len(p.pending); n > 0 && plain && n < format.MaxJoinLines {
		if f := format.JoinLine(p.format, p.pending[0], p.pending[n-1], text); f != nil {
			p.pending, p.joins = append(p.pending, text), f
			return nil
		}
	}
	if err := p.settle(name); err != nil {
		return err
	}
	if columns, header := format.AfterLine(p.format, p.context.Columns.Text(), text, first); header {
		p.context.Columns = format.NewColumns(p.format, columns)
	}
	p.number++
	if plain && p.join && format.MayGoOn(p.format, text) {
		p.pending = append(p.pending, text)
		return nil
	}
	return p.emit(p.line(name, text, size))
}

// settle parses the lines that were kept: together, or one by one where they are
// no record.
func (p *lineParser) settle(name string) error {
	lines := slices.Clone(p.pending)
	p.pending = p.pending[:0]
	if len(lines) > 1 {
		text := strings.Join(lines, "\n")
		if len(text) <= format.MaxJoinBytes && p.parse(name, text, len(text), p.joins) == nil {
			object := append(p.write(&p.event, p.buf[:0]), '\n')
			p.buf = object
			p.number += len(lines) - 1
			return p.emit(object)
		}
	}
	for i, line := range lines {
		if i > 0 {
			p.number++
		}
		if err := p.emit(p.line(name, line, len(line))); err != nil {
			return err
		}
	}
	return nil
}

func (p *lineParser) emit(object []byte) error {
	if _, err := p.out.Write(object); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
