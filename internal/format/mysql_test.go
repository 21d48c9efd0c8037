package format

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever a client calls itself, the address stays the one that the server saw.
func TestDatabaseNamesCannotForgeTheAddress(t *testing.T) {
	t.Parallel()
	templates := []struct {
		name, line string
		format     *Format
		certain    bool
	}{
		{"mysql", "2024-09-05T10:30:00Z 10 [Note] [MY-010926] [Server] Access denied for user '%'@'192.0.2.7' (using password: YES)", mysqlFormat, true},
		{"mysql aborted", "2024-09-05T10:30:00Z 10 [Note] Aborted connection 10 to db: 'shop' user: '%' host: '192.0.2.7' (Got an error reading communication packets)", mysqlFormat, true},
		{"mysql database", "2024-09-05 10:30:00 10 [Warning] Access denied for user '%'@'192.0.2.7' to database 'secret'", mysqlFormat, false},
		{"postgresql entry", `2024-09-05 10:30:00 UTC [812] FATAL:  no pg_hba.conf entry for host "192.0.2.7", user "%", database "shop", no encryption`, postgresqlFormat, false},
	}
	for _, template := range templates {
		t.Run(template.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				name := hostileName().Draw(t, "name")
				checkForged(t, template.format, strings.Replace(template.line, "%", name, 1), name, template.certain)
			})
		})
	}
}
