package ingest

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/rs/zerolog"
	"log"
)

// accept answers that everything is stored.
func (h *httpInput) accept(w http.ResponseWriter, done progress) {
	reply(w, http.StatusAccepted, done)
}

// refuse answers with a reason, and with how much of the body was accepted
// before it.
func (h *httpInput) refuse(w http.ResponseWriter, a *answer, done progress) {
	h.metrics.refused.WithLabelValues(inputHTTP, a.reason).Inc()
	if a.header[0] != "" {
		w.Header().Set(a.header[0], a.header[1])
	}
	reply(w, a.status, struct {
		Error string `json:"error"`
		progress
	}{a.text, done})
}

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
