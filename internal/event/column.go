package event

// Column is the index of one field of the common schema. The constants below
// are grouped by storage: text first, then numbers, then lists, so that a
// Column indexes an Event's arrays without a table in between.
type Column uint8

// Text columns. An IP column holds the canonical text form of the address.
const (
	EventID Column = iota
	EventType
	Source
	SourcePath
	Format
	TimeQuality
	SourceIP
	DestinationIP
	NetworkProtocol
	NetworkDirection
	Action
	Outcome
	UserName
	TargetUserName
	HostName
	ProcessName
	CommandLine
	ParentProcessName
	FilePath
	FileHash
	HTTPMethod
	RequestPath
	URLPath
	URLQuery
	HTTPVersion
	HTTPHost
	UserAgent
	Referrer
	DNSQuery
	DNSType
	RuleName
	RuleID
	Severity
	LogLevel
	EventCode
	SessionID
	DatabaseName
	DBStatement
	DBUserName
	CloudAccount
	CloudRegion
	EmailFrom
	SourceCountry
	SourceASName
	DestinationCountry
	DestinationASName
	ThreatIndicator
	ThreatList
	Vendor
	Product
	Service
	Message
	Raw
	numText
)

// Number columns: integers, and times as nanoseconds since 1970 UTC.
const (
	EventTime Column = numText + iota
	IngestTime
	SourcePort
	DestinationPort
	NetworkBytes
	ProcessID
	StatusCode
	ResponseSizeBytes
	SourceASNumber
	DestinationASNumber
	endNum
	numNum = endNum - numText
)

// List columns.
const (
	LogSource Column = endNum + iota
	ParseWarnings
	Tags
	DNSAnswer
	EmailTo
	// NumColumns is the number of columns of the schema.
	NumColumns
	numList = NumColumns - endNum
)

// Type is the type of a column's values.
type Type uint8

// The types. Every one has exactly one JSON form and one archive form.
const (
	Text Type = iota // a string
	IP               // an IPv4 or IPv6 address in canonical text form
	Enum             // a string out of a closed list
	Int              // a signed 64-bit integer
	Port             // an integer, 0 to 65535
	Time             // UTC RFC 3339 with up to nanoseconds; stored as Unix nanoseconds
	List             // strings, in order
)

// Info describes one column: the row of the schema table that struct, codec,
// archive and documentation follow.
type Info struct {
	// Name is the field's name in JSON, in searches and in the archive.
	Name string
	// Type is the type of the values.
	Type Type
	// Meaning is one sentence for the documentation.
	Meaning string
	// Unit is the unit of a number, empty where it has none.
	Unit string
	// ECS is the field's dotted name in the Elastic Common Schema.
	ECS string
	// OCSF is the attribute path in the Open Cybersecurity Schema Framework.
	OCSF string
	// Sigma lists the names that Sigma rules use for the field, per log source.
	Sigma []SigmaName
	// Values is the closed list of an Enum.
	Values []string
}

// SigmaName says that rules for the log source Category, Product, Service
// (empty: any) call the column by one of Names.
type SigmaName struct {
	Category, Product, Service string
	Names                      []string
}
