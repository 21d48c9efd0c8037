package format

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/event"
)

const (
	trueAddress  = "192.0.2.7"
	falseAddress = "203.0.113.66"
)

// hostileName draws a name that a client may choose, out of the words of the
// logs that it will stand in.
func hostileName() *rapid.Generator[string] {
	words := []string{
		"x", "root", " ", "  ", "'", `"`, "@", "'@'", " from ", " from", "from ", " port ", "port 22", falseAddress, " " + falseAddress, " 22", "22", " ssh2", "ssh2", " ssh2: ", ": ", ":",
		"RSA SHA256:abc", "RSA-CERT SHA256:abc ID ", " (serial 0) CA RSA SHA256:def", "invalid user ", "user ", "authenticating user ", " for ", " by ", " [preauth]", "[preauth]", " on ",
		" not allowed because ", "not listed in AllowUsers", "Too many authentication failures", " (using password: YES)", "' to database '", ", database ", ", user ", `" does not exist`, " FATAL:  ", "=",
	}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 9).Draw(t, "words"), "")
	})
}

// checkForged reads line and fails where it names another source or, where the
// whole line can be read in one way only, another user.
func checkForged(t *rapid.T, f *Format, line, user string, certain bool) {
	e, err := read(f, line, &Context{Received: defaultReceived})
	if err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	if ip := e.Text(event.SourceIP); ip != trueAddress && (certain || ip != "") {
		t.Fatalf("source_ip is %q: %q", ip, line)
	}
	if host, ok := e.ExtraField("source_host"); ok {
		t.Fatalf("source_host is %q: %q", host.Text, line)
	}
	if got := e.Text(event.UserName); got != user && (certain || got != "") {
		t.Fatalf("user_name is %q, want %q: %q", got, user, line)
	}
}

// Whatever a client calls itself, the address stays the one that sshd saw.
func TestSSHDNamesCannotForgeTheAddress(t *testing.T) {
	t.Parallel()
	templates := []struct {
		name, line string
		certain    bool
	}{
		{"failed password", "Failed password for invalid user % from 192.0.2.7 port 40022 ssh2", true},
		{"failed keyboard-interactive", "Failed keyboard-interactive/pam for invalid user % from 192.0.2.7 port 40022 ssh2 [preauth]", true},
		{"failed key", "Failed publickey for invalid user % from 192.0.2.7 port 40022 ssh2: ED25519 SHA256:true", true},
		{"failed certificate", "Failed publickey for invalid user % from 192.0.2.7 port 40022 ssh2: RSA-CERT SHA256:true ID key (serial 0) CA RSA SHA256:ca", false},
		{"invalid user", "Invalid user % from 192.0.2.7 port 40022", true},
		{"invalid user, old", "Invalid user % from 192.0.2.7", true},
		{"maximum", "error: maximum authentication attempts exceeded for invalid user % from 192.0.2.7 port 40022 ssh2 [preauth]", true},
		{"closed", "Connection closed by invalid user % 192.0.2.7 port 40022 [preauth]", true},
		{"reset", "Connection reset by invalid user % 192.0.2.7 port 40022 [preauth]", true},
		{"disconnected", "Disconnected from invalid user % 192.0.2.7 port 40022 [preauth]", true},
		{"disconnecting", "Disconnecting invalid user % 192.0.2.7 port 40022: Too many authentication failures [preauth]", true},
		{"changed", "Disconnecting invalid user % 192.0.2.7 port 40022: Change of username or service not allowed: (x,ssh-connection) -> (y,ssh-connection) [preauth]", false},
		{"pam", "error: PAM: Authentication failure for illegal user % from 192.0.2.7", true},
	}
	for _, template := range templates {
		t.Run(template.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				name := hostileName().Draw(t, "name")
				checkForged(t, sshdFormat, strings.Replace(template.line, "%", name, 1), name, template.certain)
			})
		})
	}
}

// The id of a certificate is chosen by who signs it: the client, when it signs
// its own.
func TestSSHDCertificatesCannotForgeTheAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name, id := hostileName().Draw(t, "name"), hostileName().Draw(t, "id")
		line := "Failed publickey for invalid user " + name + " from 192.0.2.7 port 40022 ssh2: RSA-CERT SHA256:true ID " + id + " (serial 0) CA RSA SHA256:ca"
		checkForged(t, sshdFormat, line, name, false)
	})
}

// One failed attempt is one event, whatever else is logged about it.
func TestSSHDFailuresCountOnce(t *testing.T) {
	t.Parallel()
	attempt := []string{
		"Invalid user admin from 192.0.2.7 port 40022",
		"input_userauth_request: invalid user admin [preauth]",
		"pam_unix(sshd:auth): check pass; user unknown",
		"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7 ",
		"Failed password for invalid user admin from 192.0.2.7 port 40022 ssh2",
		"error: maximum authentication attempts exceeded for invalid user admin from 192.0.2.7 port 40022 ssh2 [preauth]",
		"Disconnecting invalid user admin 192.0.2.7 port 40022: Too many authentication failures [preauth]",
		"PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7 ",
		"Connection closed by invalid user admin 192.0.2.7 port 40022 [preauth]",
	}
	if n := countFailures(t, linuxAuthFormat, attempt); n != 1 {
		t.Errorf("the lines of one attempt count as %d failed logins", n)
	}
}

func countFailures(t *testing.T, f *Format, lines []string) (failures int) {
	t.Helper()
	for _, line := range lines {
		e, err := read(f, line, &Context{Received: defaultReceived})
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Text(event.EventType) == event.AuthLogin && e.Text(event.Outcome) == event.Failure {
			failures++
		}
	}
	return failures
}

// On a real auth.log every line parses, and the failed logins are the lines that
// say so.
func TestAuthLogCorpus(t *testing.T) {
	t.Parallel()
	lines := corpusLines(t, "linux_auth/*.log")
	want := 0
	for _, line := range lines {
		if strings.Contains(line, "Failed password for ") || strings.Contains(line, "Failed publickey for ") || strings.Contains(line, "Failed none for ") {
			want++
		}
	}
	if got := countFailures(t, syslogFormat, lines); got != want || want == 0 {
		t.Errorf("%d failed logins, want %d", got, want)
	}
}
