package ingest

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// A sender that is still writing when its connection is closed sees a reset
// instead of the answer. So some more of a refused body is read and thrown away.
const (
	discardBytes = 4 << 20
	discardTime  = time.Second
)

// refuse answers with a reason, and with how much of the body was accepted
// before it.
func (h *httpInput) refuse(w http.ResponseWriter, r *http.Request, a *answer, done progress) {
	h.metrics.refused.WithLabelValues(inputHTTP, a.reason).Inc()
	if a.header[0] != "" {
		w.Header().Set(a.header[0], a.header[1])
	}
	if a.status != http.StatusRequestTimeout && sendsUnasked(r) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(discardTime))
		// An error means that there is nothing left to throw away.
		_, _ = io.CopyN(io.Discard, r.Body, discardBytes)
	}
	reply(w, a.status, struct {
		Error string `json:"error"`
		progress
	}{a.text, done})
}

// sendsUnasked reports whether the sender sends its body without being asked to.
func sendsUnasked(r *http.Request) bool { return r.Header.Get("Expect") == "" }

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// An error here means that the sender has gone; it repeats the request.
	_ = json.NewEncoder(w).Encode(body)
}

// quiet passes on what net/http logs, which senders cause, sampled.
func quiet(to zerolog.Logger) *log.Logger { return log.New(httpLog{to}, "", 0) }

type httpLog struct{ log zerolog.Logger }

func (l httpLog) Write(line []byte) (int, error) {
	l.log.Debug().Str("error", strings.TrimSpace(string(line))).Msg("http connection")
	return len(line), nil
}
