package event

import "strings"

// activity is one activity_id of a class with its name.
type activity struct {
	id   int64
	name string
}

// otherActivity is OCSF's "none of the list".
const otherActivity = 99

// class is one event class of OCSF 1.3.
type class struct {
	uid, category      int64
	name, categoryName string
	// roots are the attributes of the class that events are mapped to, beside
	// those that every class has.
	roots []string
	// places overrides the usual path of a column.
	places map[Column]string
	// activity says what the event did.
	activity func(e *Event) activity
	// fits says whether e has what the class must have; if not, e is a base
	// event. nil: always.
	fits func(e *Event) bool
}

// commonRoots are in every class; device and actor by the host profile, cloud
// by the cloud profile.
var commonRoots = []string{"metadata", "time", "message", "raw_data", "device", "actor", "cloud"}

// place returns the path of column col in the class.
func (c *class) place(col Column) string {
	if p, ok := c.places[col]; ok {
		return p
	}
	if columns[col].OCSF == "status_id" {
		return "status_id"
	}
	root, _, _ := strings.Cut(columns[col].OCSF, ".")
	for _, roots := range [][]string{commonRoots, c.roots} {
		if hasString(roots, root) {
			return columns[col].OCSF
		}
	}
	return "unmapped." + columns[col].Name
}

var baseEvent = class{
	uid: 0, category: 0, name: "Base Event", categoryName: "Uncategorized",
	activity: func(*Event) activity { return activity{0, "Unknown"} },
}

var processActivity = class{
	uid: 1007, category: 1, name: "Process Activity", categoryName: "System Activity",
	roots: []string{"process"},
	places: map[Column]string{
		ProcessName: "process.name", ProcessID: "process.pid", CommandLine: "process.cmd_line",
		ParentProcessName: "process.parent_process.name",
	},
	activity: func(*Event) activity { return activity{1, "Launch"} },
	fits:     func(e *Event) bool { return e.Has(ProcessName) || e.Has(CommandLine) || e.Has(ProcessID) },
}

var detectionFinding = class{
	uid: 2004, category: 2, name: "Detection Finding", categoryName: "Findings",
	roots: []string{"finding_info"},
	places: map[Column]string{
		SourceIP: "evidences[].src_endpoint.ip", SourcePort: "evidences[].src_endpoint.port",
		DestinationIP: "evidences[].dst_endpoint.ip", DestinationPort: "evidences[].dst_endpoint.port",
		// A finding's own status is not how the thing ended that was found.
		Outcome: "unmapped.outcome",
	},
	activity: func(*Event) activity { return activity{1, "Create"} },
}

var accountChange = class{
	uid: 3001, category: 3, name: "Account Change", categoryName: "Identity & Access Management",
	roots:    []string{"user", "src_endpoint"},
	activity: func(*Event) activity { return activity{otherActivity, "Other"} },
	fits:     func(e *Event) bool { return e.Has(TargetUserName) },
}

var authentication = class{
	uid: 3002, category: 3, name: "Authentication", categoryName: "Identity & Access Management",
	roots: []string{"user", "src_endpoint", "dst_endpoint", "session"},
	// The user is the one who logs in, whoever writes the line.
	places: map[Column]string{UserName: "user.name", TargetUserName: "unmapped.target_user_name"},
	activity: func(e *Event) activity {
		if e.Text(EventType) == AuthLogout {
			return activity{2, "Logoff"}
		}
		return activity{1, "Logon"}
	},
	fits: func(e *Event) bool { return e.Has(UserName) },
}

var authorizeSession = class{
	uid: 3003, category: 3, name: "Authorize Session", categoryName: "Identity & Access Management",
	roots: []string{"user", "session", "dst_endpoint"},
	// The user is the one who is given the rights.
	places:   map[Column]string{UserName: "user.name", TargetUserName: "unmapped.target_user_name"},
	activity: func(*Event) activity { return activity{1, "Assign Privileges"} },
	fits:     func(e *Event) bool { return e.Has(UserName) },
}

var networkActivity = class{
	uid: 4001, category: 4, name: "Network Activity", categoryName: "Network Activity",
	roots: []string{"src_endpoint", "dst_endpoint", "connection_info", "traffic"},
	// By the profile security_control.
	places: map[Column]string{RuleName: "firewall_rule.name", RuleID: "firewall_rule.uid"},
	activity: func(e *Event) activity {
		if e.Text(Action) == Deny {
			return activity{5, "Refuse"}
		}
		return activity{6, "Traffic"}
	},
	fits: func(e *Event) bool { return e.Has(SourceIP) || e.Has(DestinationIP) },
}

var httpActivity = class{
	uid: 4002, category: 4, name: "HTTP Activity", categoryName: "Network Activity",
	roots:    []string{"src_endpoint", "dst_endpoint", "connection_info", "traffic", "http_request", "http_response"},
	activity: httpMethodActivity,
	fits:     func(e *Event) bool { return e.Has(HTTPMethod) || e.Has(StatusCode) || e.Has(RequestPath) },
}

func httpMethodActivity(e *Event) activity {
	switch method := e.Text(HTTPMethod); method {
	case "":
		return activity{0, "Unknown"}
	case "CONNECT":
		return activity{1, "Connect"}
	case "DELETE":
		return activity{2, "Delete"}
	case "GET":
		return activity{3, "Get"}
	case "HEAD":
		return activity{4, "Head"}
	case "OPTIONS":
		return activity{5, "Options"}
	case "POST":
		return activity{6, "Post"}
	case "PUT":
		return activity{7, "Put"}
	case "TRACE":
		return activity{8, "Trace"}
	default:
		return activity{otherActivity, method}
	}
}

var dnsActivity = class{
	uid: 4003, category: 4, name: "DNS Activity", categoryName: "Network Activity",
	roots:  []string{"src_endpoint", "dst_endpoint", "connection_info", "traffic", "query"},
	places: map[Column]string{DNSAnswer: ""},
	activity: func(e *Event) activity {
		if e.Has(DNSAnswer) {
			return activity{2, "Response"}
		}
		return activity{1, "Query"}
	},
}

var apiActivity = class{
	uid: 6003, category: 6, name: "API Activity", categoryName: "Application Activity",
	roots:    []string{"api", "src_endpoint", "dst_endpoint", "http_request", "http_response"},
	places:   map[Column]string{Action: "api.operation", Service: "api.service.name", StatusCode: "api.response.code"},
	activity: func(*Event) activity { return activity{otherActivity, "Other"} },
	fits:     func(e *Event) bool { return e.Has(Action) },
}
