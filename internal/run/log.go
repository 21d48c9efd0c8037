package run

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
)

// LogOptions say what is logged and how. The zero value is not valid; start from
// DefaultLog.
type LogOptions struct {
	// Level is the least level that is logged: trace, debug, info, warn or
	// error. Default info.
	Level string `yaml:"level"`
	// Format is json for machines (one object a line), console for people, or
	// auto: console on a terminal, json elsewhere. Default auto.
	Format string `yaml:"format"`
}

// The log formats.
const (
	LogAuto    = "auto"
	LogJSON    = "json"
	LogConsole = "console"
)

// DefaultLog returns the defaults of LogOptions.
func DefaultLog() LogOptions { return LogOptions{Level: "info", Format: LogAuto} }

// Validate reports every value that can't work, each with its key.
func (o LogOptions) Validate() error {
	var errs []error
	if _, ok := logLevel(o.Level); !ok {
		errs = append(errs, fmt.Errorf("level: %q is not a level; expected trace, debug, info, warn or error", o.Level))
	}
	if o.Format != LogAuto && o.Format != LogJSON && o.Format != LogConsole {
		errs = append(errs, fmt.Errorf("format: %q is not a log format; expected auto, json or console", o.Format))
	}
	return errors.Join(errs...)
}

func logLevel(name string) (zerolog.Level, bool) {
	switch name {
	case "trace":
		return zerolog.TraceLevel, true
	case "debug":
		return zerolog.DebugLevel, true
	case "info":
		return zerolog.InfoLevel, true
	case "warn":
		return zerolog.WarnLevel, true
	case "error":
		return zerolog.ErrorLevel, true
	}
	return zerolog.NoLevel, false
}

// NewLogger returns a logger that writes to w, with times in UTC; terminal says
// that a person watches w, who then gets colors. Options that Validate refuses
// log everything as JSON: a logger that exists beats one that does not.
func NewLogger(o LogOptions, w io.Writer, terminal bool) zerolog.Logger {
	if o.Format == LogConsole || o.Format == LogAuto && terminal {
		w = zerolog.ConsoleWriter{Out: w, NoColor: !terminal, TimeFormat: "15:04:05.000", TimeLocation: time.UTC}
	}
	level, ok := logLevel(o.Level)
	if !ok {
		level = zerolog.TraceLevel
	}
	return zerolog.New(w).Level(level).Hook(utcTime{})
}

// utcTime stamps each entry itself: zerolog's own timestamp takes the local zone
// unless a package variable is changed.
type utcTime struct{}

// Run adds the time.
func (utcTime) Run(e *zerolog.Event, _ zerolog.Level, _ string) {
	e.Str(zerolog.TimestampFieldName, time.Now().UTC().Format("2006-01-02T15:04:05.000Z"))
}
