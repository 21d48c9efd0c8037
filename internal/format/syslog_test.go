package format

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The corpus of RFC 5424 says for every line whether it is valid. The line whose
// quotes the corpus holds escaped is left out.
func TestSyslog5424Corpus(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(corpora, "syslog_rfc5424", "go-syslog__rfc5424.expected.jsonl"))
	if err != nil {
		t.Skipf("the corpora are not here: %v", err)
	}
	checked := 0
	for row := range strings.Lines(string(data)) {
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
		checked++
		if _, err := read(syslogFormat, want.Raw, &Context{Received: defaultReceived}); (err == nil) != want.Valid {
			t.Errorf("valid is %v, but: %v: %q", want.Valid, err, want.Raw)
		}
	}
	if checked == 0 {
		t.Error("the corpus holds no line to check")
	}
}
