package format

import (
	"encoding/json"
	"strings"
	"testing"
)

// The corpus of RFC 5424 says for every line whether it is valid. The line whose
// quotes the corpus holds escaped is left out.
func TestSyslog5424Corpus(t *testing.T) {
	t.Parallel()
	for _, row := range corpusLines(t, "syslog_rfc5424/*.expected.jsonl") {
		var want struct {
			Raw   string `json:"raw"`
			Valid bool   `json:"valid"`
		}
		if err := json.Unmarshal([]byte(row), &want); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(want.Raw, `=\"`) {
			continue
		}
		if _, err := read(syslogFormat, want.Raw, &Context{Received: defaultReceived}); (err == nil) != want.Valid {
			t.Errorf("valid is %v, but: %v: %q", want.Valid, err, want.Raw)
		}
	}
}
