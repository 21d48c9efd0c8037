package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var awsCloudTrail = &Format{
	Name:  "aws_cloudtrail",
	Title: "AWS CloudTrail",
	Doc: "Records of AWS CloudTrail: management, data, network activity and Insights events and console sign-ins, bare, in a file of one " +
		"record, in an EventBridge or CloudWatch Logs envelope. It promises the name of the event and something of AWS beside it. " +
		"Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &cloudTrailDocument, c, e)
	},
	Match:    noText,
	document: &cloudTrailDocument,
}

var cloudTrailDocument = documentKind{
	keys: []string{
		"awsRegion", "userIdentity", "eventSource", "recipientAccountId", "awsregion", "useridentity", "eventsource",
		"Records", "detail-type", "logEvents",
	},
	claims: claimCloudTrail,
	fill:   fillCloudTrail,
}

var cloudTrailSources = []string{":aws:cloudtrail"}

var cloudTrailMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"eventTime", "eventtime"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"@timestamp"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"sourceIPAddress", "sourceipaddress"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"eventName", "eventname"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"eventSource", "eventsource"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"userAgent", "useragent"}},
	nameGroup{rule{column: event.CloudRegion, as: asText}, []string{"awsRegion", "awsregion"}},
	nameGroup{rule{column: event.CloudAccount, as: asCode}, []string{"recipientAccountId", "recipientaccountid"}},
	nameGroup{rule{column: event.CloudAccount, as: asCode, rank: 1}, []string{"userIdentity.accountId", "useridentity.accountid"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"userIdentity.userName", "useridentity.username"}},
)

func claimCloudTrail(o *object) int {
	switch {
	case claimTrailRecord(o) > 0:
		return claimTrailRecord(o)
	case isBridged(o):
		if strings.HasSuffix(o.text("detail-type"), "via CloudTrail") {
			return 90
		}
		return 0
	}
	inner, _ := recordsOf(o, "Records")
	if inner == nil {
		inner, _ = cloudWatchMessage(o)
	}
	if inner == nil {
		return 0
	}
	defer inner.release()
	return claimTrailRecord(inner)
}

// claimTrailRecord looks at a bare record. Other audit logs call an event's name
// eventName too, so something must be there that only AWS has.
func claimTrailRecord(o *object) int {
	if o.text("eventName") == "" && o.text("eventname") == "" && o.text("eventType") != "AwsCloudTrailInsight" {
		return 0
	}
	source := o.text("eventSource") + o.text("eventsource")
	switch {
	case o.has("awsRegion") || o.has("awsregion") || strings.HasSuffix(source, ".amazonaws.com"):
		if strings.HasPrefix(source, "aws:") {
			return 0 // a notification of S3 and its like
		}
		return 90
	case o.has("userIdentity") && (o.has("recipientAccountId") || o.has("requestID") || o.has("eventVersion")):
		return 70
	}
	return 0
}

func fillCloudTrail(o *object, c *Context, e *event.Event) error {
	switch {
	case claimTrailRecord(o) > 0:
	case isBridged(o):
		return fillBridged(o, c, e, fillCloudTrail)
	case o.has("Records"):
		return fillRecord(o, "Records", c, e, fillCloudTrail)
	case o.has("logEvents"):
		return fillCloudWatch(o, c, e, fillCloudTrail)
	default:
		return &Error{Reason: "expected the name of an event and its region or source"}
	}
	e.SetText(event.Vendor, "aws")
	e.SetText(event.Product, "cloudtrail")
	e.SetList(event.LogSource, cloudTrailSources)
	o.flatten(cloudTrailMapping)
	kind, name := o.text("eventType"), o.text("eventName")
	e.SetText(event.EventType, cloudTrailType(name))
	e.SetText(event.Outcome, cloudTrailOutcome(o, kind, name))
	if o.text("eventSource") == "iam.amazonaws.com" {
		e.SetText(event.TargetUserName, o.at("requestParameters", "userName"))
	}
	user := cloudTrailUser(o)
	cloudTrailMapping.fill(o.members, c, e)
	if user != "" {
		e.SetText(event.UserName, user)
	}
	if e.Text(event.UserName) == hiddenName {
		e.Clear(event.UserName)
		e.SetExtraText("userIdentity.userName", hiddenName)
	}
	return nil
}

func cloudTrailType(name string) string {
	switch name {
	case "ConsoleLogin", "UserAuthentication":
		return event.AuthLogin
	default:
		return event.CloudAPI
	}
}

// cloudTrailOutcome reads how a call ended. Sign-ins say so under their own
// name in the response; a call that failed has an error's code, or at least its
// message. Insights are observations, they have no end.
func cloudTrailOutcome(o *object, kind, name string) string {
	if kind == "AwsCloudTrailInsight" {
		return event.Unknown
	}
	var said strings.Builder
	if name != "" {
		for _, holder := range [...]string{"responseElements", "serviceEventDetails"} {
			if o.has(holder) {
				said.WriteString(o.at(holder, name))
			}
		}
	}
	switch {
	case said.String() == "Failure" || o.text("errorCode") != "" || o.text("errorMessage") != "" || o.text("errorcode") != "":
		return event.Failure
	default:
		return event.Success
	}
}

// hiddenName is what CloudTrail writes for a user that does not exist: the text
// may be a password.
const hiddenName = "HIDDEN_DUE_TO_SECURITY_REASONS"

// cloudTrailUser returns who called where userIdentity has no userName: of an
// assumed role the role, as the caller may choose the session's name; else the
// name in the resource name.
func cloudTrailUser(o *object) string {
	if o.text("userIdentity.userName") != "" {
		return ""
	}
	arn := o.text("userIdentity.arn")
	switch o.text("userIdentity.type") {
	case "Root":
		return "root"
	case "AssumedRole":
		if name := scalarText(o.find("userIdentity.sessionContext").inner("sessionIssuer").inner("userName")); name != "" {
			return name
		}
		_, role, _ := strings.Cut(arn, ":assumed-role/")
		role, _, _ = strings.Cut(role, "/")
		return role
	case "IAMUser":
		if strings.Contains(arn, ":user/") {
			return arnName(arn)
		}
	case "FederatedUser":
		if strings.Contains(arn, ":federated-user/") {
			return arnName(arn)
		}
	}
	return ""
}
