package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var mongodbFormat = &Format{
	Name:  "mongodb",
	Title: "MongoDB",
	Doc: "The log of mongod and mongos: structured (JSON, since 4.4), the text before that, and the audit log in JSON. It " +
		"promises a time, a component and a context. Source: https://www.mongodb.com/docs/manual/reference/log-messages/",
	Parse:    parseMongoDB,
	Match:    matchMongoDB,
	Starts:   "12",
	document: &mongodbDocument,
}

var mongodbPayload = payload{
	format: "mongodb",
	read:   readMongoDB,
	owns: func(program string) bool {
		return program == "mongod" || program == "mongos" || strings.HasPrefix(program, "mongod.")
	},
	describe: describeMongoDB,
	programs: []string{"mongod", "mongos", "mongod.27017"},
	what:     "a message of MongoDB that is known",
}

var mongodbSource = []string{"database:mongodb:"}

func describeMongoDB(e *event.Event) {
	e.SetText(event.Vendor, "mongodb")
	e.SetText(event.Product, "mongodb")
	e.SetList(event.LogSource, mongodbSource)
	if !e.Has(event.EventType) {
		e.SetText(event.EventType, event.DBLog)
	}
}

func parseMongoDB(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &mongodbDocument, c, e)
	}
	if mongodbHeadAt(line) > 0 {
		if readMongoDB(line, c, e) {
			return nil
		}
		return &Error{Reason: "expected a time, a severity, a component and a context in brackets"}
	}
	if !hasEnvelope(line) {
		return &Error{Reason: "expected a time"}
	}
	return mongodbPayload.parse(line, c, e)
}

var mongodbDocument = documentKind{keys: []string{"ctx", "atype"}, claims: claimMongoDB, fill: fillMongoDBDocument}

func claimMongoDB(o *object) int {
	switch {
	case o.has("t") && o.has("s") && o.has("c") && o.has("ctx") && o.has("msg"):
		return 90
	case o.has("atype") && o.has("ts") && o.has("param"):
		return 90
	}
	return 0
}

var mongodbMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"t.$date", "ts.$date"}},
	nameGroup{rule{column: event.EventCode, as: asCode}, []string{"id"}},
	nameGroup{rule{column: event.EventCode, as: asText, rank: 1}, []string{"atype"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"msg"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"c"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"attr.remote", "attr.client", "remote.ip"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"remote.port"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"local.ip"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"local.port"}},
	nameGroup{rule{column: event.DatabaseName, as: asText}, []string{"attr.authenticationDatabase", "attr.db", "param.db"}},
	nameGroup{rule{column: event.ProcessID, as: asCount}, []string{"attr.pid"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"attr.host"}},
)

// mongodbUsers are the members that name the account.
var mongodbUsers = [...]string{"attr.principalName", "attr.user", "param.user"}

func fillMongoDBDocument(o *object, c *Context, e *event.Event) error {
	severity := o.text("s")
	audit := o.has("atype")
	code, atype := o.text("id"), o.text("atype")
	result := o.text("result")
	mongodbMapping.fill(o.members, c, e)
	if !e.Has(event.EventTime) {
		e.Warn("event_time: t.$date is not a time")
	}
	setMongoDBLevel(severity, e)
	describeMongoDB(e)
	for _, name := range mongodbUsers {
		if user, ok := takeExtraText(e, name); ok {
			e.SetText(event.UserName, user)
			e.SetText(event.DBUserName, user)
			break
		}
	}
	if audit {
		fillMongoDBAudit(atype, result, e)
		return nil
	}
	fillMongoDBMessage(code, e)
	return nil
}

// takeExtraText takes the text that extra has under name out of it.
func takeExtraText(e *event.Event, name string) (string, bool) {
	for i := range e.Extra {
		if e.Extra[i].Name == name && e.Extra[i].Value.Kind == event.KindString && e.Extra[i].Value.Text != "" {
			text := e.Extra[i].Value.Text
			e.Extra = append(e.Extra[:i], e.Extra[i+1:]...)
			return text, true
		}
	}
	return "", false
}

// fillMongoDBMessage decides by the message's number, which stays the same over
// versions, and by its text.
func fillMongoDBMessage(code string, e *event.Event) {
	switch code {
	case "20249", "5286307", "20250", "5286306", "5286200", "5286202":
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Failure)
		if code == "20250" || code == "5286306" {
			e.SetText(event.Outcome, event.Success)
		}
	case "22943":
		e.SetText(event.Action, "connection accepted")
	case "22944":
		e.SetText(event.Action, "connection ended")
	case "51803":
		e.SetText(event.EventType, event.DBQuery)
		e.SetText(event.Action, "slow query")
	}
	if v, ok := e.ExtraField("attr.ns"); ok && !e.Has(event.DatabaseName) {
		database, _, _ := strings.Cut(v.Text, ".")
		e.SetText(event.DatabaseName, database)
	}
	for _, f := range e.Extra {
		if (f.Name == "attr.command" || f.Name == "attr.originatingCommand") && f.Value.Kind == event.KindObject && e.Text(event.EventType) == event.DBQuery {
			fillAbsent(e, event.DBStatement, f.Value.Text)
		}
		if f.Name == "attr.error" && !e.Has(event.Outcome) {
			e.SetText(event.Outcome, event.Failure)
		}
	}
	if code == "51803" && !e.Has(event.Outcome) {
		e.SetText(event.Outcome, event.Success)
	}
}

// fillMongoDBAudit reads the audit log: result 0 is success, others are error
// codes.
func fillMongoDBAudit(atype, result string, e *event.Event) {
	e.SetText(event.Action, atype)
	switch result {
	case "0":
		e.SetText(event.Outcome, event.Success)
	case "":
	default:
		e.SetText(event.Outcome, event.Failure)
	}
	switch atype {
	case "authenticate":
		e.SetText(event.EventType, event.AuthLogin)
	case "logout":
		e.SetText(event.EventType, event.AuthLogout)
	case "createUser", "dropUser", "dropAllUsersFromDatabase", "updateUser", "grantRolesToUser", "revokeRolesFromUser", "createRole", "dropRole", "updateRole":
		e.SetText(event.EventType, event.AccountChange)
		e.SetText(event.TargetUserName, e.Text(event.UserName))
		e.Clear(event.UserName)
		e.Clear(event.DBUserName)
	case "authCheck", "createCollection", "createDatabase", "createIndex", "dropCollection", "dropDatabase", "dropIndex", "renameCollection":
		e.SetText(event.EventType, event.DBQuery)
	}
}

func setMongoDBLevel(severity string, e *event.Event) {
	level := ""
	switch severity {
	case "F":
		level = "critical"
	case "E":
		level = "error"
	case "W":
		level = "warning"
	case "I":
		level = "info"
	case "D", "D1", "D2", "D3", "D4", "D5":
		level = "debug"
	default:
		return
	}
	e.SetText(event.LogLevel, level)
	e.SetText(event.Severity, severity)
	for i := range e.Extra {
		if e.Extra[i].Name == "s" {
			e.Extra = append(e.Extra[:i], e.Extra[i+1:]...)
			return
		}
	}
}
