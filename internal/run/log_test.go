package run

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestNewLoggerJSON(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := NewLogger(LogOptions{Level: "warn", Format: LogJSON}, &out, false)
	log.Info().Msg("not logged")
	log.Warn().Int("flush_ms", 3).Msg("slow flush")
	var entry struct {
		Level, Message string
		Time           time.Time
		FlushMS        int `json:"flush_ms"`
	}
	if err := json.Unmarshal([]byte(out.String()), &entry); err != nil {
		t.Fatalf("%q: %v", out.String(), err)
	}
	if entry.Level != "warn" || entry.Message != "slow flush" || entry.FlushMS != 3 {
		t.Errorf("logged %q", out.String())
	}
	if age := time.Since(entry.Time); entry.Time.Location() != time.UTC || age < 0 || age > time.Minute {
		t.Errorf("the time is %v, want now in UTC", entry.Time)
	}
}

func TestNewLoggerConsole(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := NewLogger(LogOptions{Level: "info", Format: LogConsole}, &out, false)
	log.Info().Str("addr", "192.0.2.10").Msg("listening")
	if got := out.String(); !strings.Contains(got, "INF listening addr=192.0.2.10") || strings.Contains(got, "\x1b") {
		t.Errorf("logged %q", got)
	}
}

func TestNewLoggerAuto(t *testing.T) {
	t.Parallel()
	for terminal, want := range map[bool]string{true: "\x1b[", false: `{"level":"info"`} {
		var out strings.Builder
		log := NewLogger(DefaultLog(), &out, terminal)
		log.Info().Msg("listening")
		if got := out.String(); !strings.HasPrefix(got, want) {
			t.Errorf("on a terminal %v: logged %q, want %q first", terminal, got, want)
		}
	}
}

func TestLogOptionsValidate(t *testing.T) {
	t.Parallel()
	if err := DefaultLog().Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
	want := "level: \"\" is not a level; expected trace, debug, info, warn or error\n" +
		"format: \"xml\" is not a log format; expected auto, json or console"
	if err := (LogOptions{Format: "xml"}).Validate(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
