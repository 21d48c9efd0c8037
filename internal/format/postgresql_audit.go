package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

const pgAuditMark = "AUDIT: "

// fillPGAudit reads what the extension pgaudit writes:
//
//	SESSION,1,1,READ,SELECT,TABLE,public.users,"select * from users",<none>
//
// which are the kind of audit, the numbers of the statement and its part, class,
// command, the object's type and name, the statement, and its parameters.
func fillPGAudit(text string, e *event.Event) {
	var f [10]string // the last one is the number of rows, which may be missing
	if splitCSV(text, f[:]) < 8 || f[0] != "SESSION" && f[0] != "OBJECT" || !isCount(f[1]) || !isCount(f[2]) {
		e.Warn("db_statement: not a record of pgaudit")
		return
	}
	e.SetText(event.EventType, event.DBQuery)
	e.SetText(event.Action, f[4])
	e.SetExtraText("audit_type", f[0])
	setExtraNumber(e, "statement_id", f[1])
	setExtraNumber(e, "substatement_id", f[2])
	e.SetExtraText("class", f[3])
	e.SetExtraText("object_type", f[5])
	e.SetExtraText("object_name", f[6])
	if f[7] != "<previously logged>" && f[7] != "<not logged>" {
		e.SetText(event.DBStatement, f[7])
	}
	if f[8] != "<none>" && f[8] != "<not logged>" {
		e.SetExtraText("parameter", f[8])
	}
	setExtraValue(e, "rows", f[9])
}

// fillPGEncryption reads " SSL enabled (protocol=TLSv1.3, cipher=..., bits=256)",
// with which the message about an authorized connection ends, and returns what
// stands before it.
func fillPGEncryption(text string, e *event.Event) string {
	const mark = " SSL enabled ("
	i := strings.LastIndex(text, mark)
	if i < 0 || !strings.HasSuffix(text, ")") {
		return text
	}
	for pair := range strings.SplitSeq(text[i+len(mark):len(text)-1], ", ") {
		switch key, value, _ := strings.Cut(pair, "="); key {
		case "protocol":
			e.SetExtraText("ssl_protocol", value)
		case "cipher":
			e.SetExtraText("ssl_cipher", value)
		}
	}
	return text[:i]
}
