package event

// Info returns the column's row of the schema table. It panics when c is not a
// column. The caller must not change the slices.
func (c Column) Info() Info { return columns[c] }

// String returns the column's name.
func (c Column) String() string {
	if c >= NumColumns {
		return "no column"
	}
	return columns[c].Name
}

// IsText reports whether Text and SetText serve the column: text, IP and Enum.
func (c Column) IsText() bool { return c < numText }

// IsNumber reports whether Int and SetInt serve the column: integers, ports and
// times.
func (c Column) IsNumber() bool { return c >= numText && c < endNum }

// IsList reports whether List and SetList serve the column.
func (c Column) IsList() bool { return c >= endNum && c < NumColumns }

// String returns the type's name as the documentation writes it.
func (t Type) String() string {
	names := [...]string{Text: "text", IP: "ip", Enum: "enum", Int: "integer", Port: "port", Time: "time", List: "list of text"}
	if int(t) >= len(names) {
		return "no type"
	}
	return names[t]
}

// Matches reports whether rules for the log source category, product and
// service may call the column by s.Names: a part that s leaves empty is any.
// Case counts; the names in the table are lower case.
func (s SigmaName) Matches(category, product, service string) bool {
	return (s.Category == "" || s.Category == category) &&
		(s.Product == "" || s.Product == product) &&
		(s.Service == "" || s.Service == service)
}

// Order lists all columns in the order in which JSON, tables and the
// documentation show them: identity and time first, what happened between whom
// next, the line itself and what was wrong with it last.
func Order() []Column {
	out := order
	return out[:]
}

var order = [NumColumns]Column{
	EventID, EventType, EventTime, IngestTime, TimeQuality, Source, SourcePath, Format, LogSource,
	SourceIP, SourcePort, DestinationIP, DestinationPort, NetworkProtocol, NetworkBytes, NetworkDirection,
	Action, Outcome, UserName, TargetUserName, HostName,
	ProcessName, ProcessID, CommandLine, ParentProcessName, FilePath, FileHash,
	HTTPMethod, RequestPath, URLPath, URLQuery, HTTPVersion, HTTPHost, StatusCode, ResponseSizeBytes, UserAgent, Referrer,
	DNSQuery, DNSType, DNSAnswer, RuleName, RuleID, Severity, LogLevel, EventCode, SessionID,
	DatabaseName, DBStatement, DBUserName, CloudAccount, CloudRegion, EmailFrom, EmailTo,
	SourceCountry, SourceASNumber, SourceASName, DestinationCountry, DestinationASNumber, DestinationASName, ThreatIndicator, ThreatList,
	Vendor, Product, Service, Tags, Message, Raw, ParseWarnings,
}

// types repeats the types of the table close together, for the codec.
var types = func() (out [NumColumns]Type) {
	for c := range out {
		out[c] = columns[c].Type
	}
	return out
}()

// nameSlots is the size of the hash table behind ByName: a power of two, so
// sparse that most names are found at their first slot.
const nameSlots = 512

var byName = hashNames()

func hashNames() (slots [nameSlots]uint8) {
	for c := range NumColumns {
		at := nameHash(columns[c].Name)
		for slots[at] != 0 {
			at = (at + 1) % nameSlots
		}
		slots[at] = uint8(c) + 1
	}
	return slots
}

// nameHash mixes the length with the three bytes in which the names of the
// schema differ most. name must not be empty.
func nameHash(name string) uint {
	n := len(name)
	return (uint(name[0])*193 + uint(name[n-1])*45 + uint(name[n/2])*225 + uint(n)*341) % nameSlots
}

// ByName returns the column called name. It does not allocate.
func ByName(name string) (Column, bool) {
	if name == "" {
		return 0, false
	}
	for at := nameHash(name); byName[at] != 0; at = (at + 1) % nameSlots {
		if c := Column(byName[at] - 1); columns[c].Name == name {
			return c, true
		}
	}
	return 0, false
}
