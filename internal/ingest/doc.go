// Package ingest is the service that takes log lines in: HTTP, syslog over UDP,
// TCP and TLS, and files. It gathers lines into raw messages and publishes them
// on siem.raw.<source>.
//
// A line is accepted when JetStream has acknowledged the message that holds it:
// that is when an HTTP request is answered with 202 and when a file's position
// moves on. Pressure goes back to the sender: HTTP answers 503, TCP and file
// reading stop, and only UDP drops, which is counted. A line over max_line
// becomes a dead letter with all its bytes.
//
//	HTTP request ──┐                      ┌─► siem.raw.<source>
//	TCP connection ┼─► feed ─► outbox ────┤
//	UDP peer ──────┘  (cuts)  (bytes in   └─► siem.dead.<source>
//	file ─────────────────────► flight)
//
// New checks and allocates, Run listens and blocks until everything it started
// has ended. A Service is run once.
package ingest
