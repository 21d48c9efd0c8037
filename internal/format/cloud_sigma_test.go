package format

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// The fields that SigmaHQ's rules for clouds and services use, one sample event
// each: what a rule for the log source must find there.
var sigmaFields = []struct {
	golden, source string
	want           map[string]string
}{
	{"aws_cloudtrail/denied", ":aws:cloudtrail", map[string]string{
		"eventName": "RunInstances", "eventSource": "ec2.amazonaws.com", "errorCode": "Client.UnauthorizedOperation",
		"userIdentity.type": "AssumedRole", "userIdentity.arn": "arn:aws:sts::123456789012:assumed-role/deploy/bob@example.com",
		"userIdentity.sessionContext.sessionIssuer.type": "Role", "requestParameters.instanceType": "t3.micro", "eventType": "AwsApiCall",
		"requestParameters": `{"instanceType":"t3.micro","instancesSet":{"items":[{"minCount":1,"maxCount":1}]}}`,
		"sourceIPAddress":   "192.0.2.7", "src_ip": "192.0.2.7", "userAgent": "aws-cli/2.17.0",
		"errorMessage": "You are not authorized to perform this operation.",
	}},
	{"aws_cloudtrail/console_login", ":aws:cloudtrail", map[string]string{
		"responseElements.ConsoleLogin": "Success", "additionalEventData.MFAUsed": "Yes", "userIdentity.userName": "alice",
	}},
	{"kubernetes_audit/role_binding", "application:kubernetes:audit", map[string]string{
		"verb": "create", "objectRef.resource": "clusterrolebindings", "objectRef.apiGroup": "rbac.authorization.k8s.io",
		"apiGroup": "rbac.authorization.k8s.io", "responseStatus.code": "201", "userAgent": "kubectl/v1.31.0 (linux/amd64) kubernetes/9edcffc",
		"requestURI": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
	}},
	{"kubernetes_audit/pod_host_path", "application:kubernetes:audit", map[string]string{
		"hostPath": "/", "capabilities": "SYS_ADMIN NET_ADMIN", "objectRef.namespace": "shop",
	}},
	{"kubernetes_audit/exec", ":kubernetes:audit", map[string]string{"objectRef.subresource": "exec"}},
	{"okta/privilege_grant", ":okta:okta", map[string]string{
		"eventType": "user.account.privilege.grant", "actor.alternateId": "alice@example.com", "displayMessage": "Grant user privilege",
		"legacyEventType": "core.user.admin_privilege.granted", "debugContext.debugData.requestUri": "/api/internal/administrators/00uexample02",
		"target.displayName": "Bob Example", "securityContext.isProxy": "false", "outcome.result": "SUCCESS", "client.ipAddress": "192.0.2.7",
	}},
	{"okta/login_failed", ":okta:okta", map[string]string{
		"outcome.reason": "INVALID_CREDENTIALS", "debugContext.debugData.behaviors": "{New IP=POSITIVE, Velocity=NEGATIVE}",
	}},
	{"github_audit/add_member", ":github:audit", map[string]string{"action": "org.add_member"}},
	{"azure_ad/sign_in_failed", ":azure:signinlogs", map[string]string{
		"ResultType": "50126", "resultType": "50126", "Status": "failure", "AuthenticationRequirement": "singleFactorAuthentication",
		"ResultDescription": "Invalid username or password or Invalid on-premise username or password.", "RiskState": "none",
		"properties.authenticationRequirement": "singleFactorAuthentication", "ResourceDisplayName": "Microsoft Graph", "location": "DE",
		"conditionalAccessStatus": "notApplied", "ClientApp": "Browser", "Username": "alice@example.com", "callerIpAddress": "192.0.2.7",
		"homeTenantId": "11111111-2222-3333-4444-555555555555", "properties.appId": "00000000-0000-0000-0000-0000000000b1",
		"properties.message": "none",
	}},
	{"azure_ad/graph_sign_in", ":azure:signinlogs", map[string]string{
		"ResultType": "50126", "AuthenticationRequirement": "singleFactorAuthentication", "ClientApp": "Browser", "location": "DE",
	}},
	{"azure_ad/table_sign_in", ":azure:signinlogs", map[string]string{
		"ResultType": "50126", "Status": "failure", "NetworkLocationDetails": "[]", "conditionalAccessStatus": "",
	}},
	{"azure_ad/audit", ":azure:auditlogs", map[string]string{
		"properties.message": "Update user", "Category": "UserManagement", "category": "UserManagement", "OperationName": "Update user",
		"Status": "success", "LoggedByService": "Core Directory", "ActivityDisplayName": "Update user", "Initiatied.By": "alice@example.com",
		"TargetResources.ModifiedProperties.DisplayName": "AccountEnabled", "TargetResources.ModifiedProperties.NewValue": "[false]",
		"targetResources.type": "User", "properties.result": "success", "additionalDetails.additionalInfo": "Member curl/8.9.1",
	}},
	{"azure_ad/table_audit", ":azure:auditlogs", map[string]string{"Category": "UserManagement", "targetResources.type": "User"}},
	{"azure_ad/risk", ":azure:riskdetection", map[string]string{"riskEventType": "unfamiliarFeatures"}},
	{"azure_ad/pim_alert", ":azure:pim", map[string]string{"riskEventType": "noMfaOnRoleActivationAlertIncident"}},
	{"azure_activity/delete_machine", ":azure:activitylogs", map[string]string{
		"operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE", "properties.message": "Microsoft.Compute/virtualMachines/delete",
		"CategoryValue": "Administrative",
	}},
	{"azure_activity/rest", ":azure:activitylogs", map[string]string{
		"CategoryValue": "Administrative", "ResourceProviderValue": "Microsoft.Network", "OperationNameValue": "Microsoft.Network/networkSecurityGroups/write",
	}},
	{"azure_activity/table", ":azure:activitylogs", map[string]string{
		"CategoryValue": "Administrative", "ResourceProviderValue": "Microsoft.ADHybridHealthService",
		"OperationNameValue": "Microsoft.ADHybridHealthService/services/delete",
		"ResourceId":         "/providers/Microsoft.ADHybridHealthService/services/AdFederationService-sts",
	}},
	{"o365_audit/inbox_rule", ":m365:exchange", map[string]string{
		"eventSource": "exchange", "eventName": "New-InboxRule", "status": "success", "Operation": "New-InboxRule", "ResultStatus": "True",
		"Parameters": `[{"Name":"ForwardTo","Value":"mallory@example.net"},{"Name":"DeleteMessage","Value":"True"}]`, "UserId": "alice@example.com",
	}},
	{"o365_audit/login", ":m365:audit", map[string]string{
		"Operation": "UserLoggedIn", "ApplicationId": "b1", "RequestType": "OAuth2:Token", "ObjectId": "00000003-0000-0000-c000-000000000000",
		"Workload": "azureactivedirectory",
	}},
	{"o365_audit/alert", ":m365:threat_management", map[string]string{
		"eventSource": "securitycompliancecenter", "eventName": "Potential ransomware activity", "status": "success",
		"Payload": `{"f3u":"alice@example.com"}`,
	}},
	{"o365_audit/mail_threat", ":m365:audit", map[string]string{"Directionality": "Inbound", "DeliveryAction": "Blocked"}},
	{"o365_audit/file_download", ":m365:audit", map[string]string{
		"ObjectId": "https://example.sharepoint.com/sites/hr/Shared Documents/pay.xlsx",
	}},
	{"gcp_audit/denied", ":gcp:gcp.audit", map[string]string{
		"gcp.audit.method_name": "v1.compute.firewalls.delete", "data.protoPayload.methodName": "v1.compute.firewalls.delete",
		"data.protoPayload.authorizationInfo.permission": "compute.firewalls.delete", "data.protoPayload.authorizationInfo.granted": "false",
		"data.protoPayload.serviceName": "compute.googleapis.com", "data.protoPayload.resource.type": "service_account",
		"data.protoPayload.logName": "projects/shop/logs/cloudaudit.googleapis.com%2Factivity",
	}},
	{"gcp_audit/workspace_login", ":gcp:google_workspace.login", map[string]string{
		"protoPayload.metadata.event.eventName": "login_failure", "protoPayload.serviceName": "login.googleapis.com",
		"protoPayload.Servicename": "login.googleapis.com",
	}},
	{"google_workspace/admin_setting", ":gcp:google_workspace.admin", map[string]string{
		"eventService": "admin.googleapis.com", "eventName": "CHANGE_APPLICATION_SETTING", "setting_name": "ContextAwareAccess", "new_value": "false",
	}},
	{"google_workspace/second_factor_off", ":gcp:google_workspace.login", map[string]string{
		"protoPayload.metadata.event.eventName": "titanium_unenroll", "protoPayload.serviceName": "login",
	}},
	{"duo/approved", ":cisco:duo", map[string]string{"event_type": "authentication"}},
	{"onelogin/login_failed", ":onelogin:onelogin.events", map[string]string{"event_type_id": "6"}},
}

func TestSigmaFieldsResolve(t *testing.T) {
	t.Parallel()
	for _, tt := range sigmaFields {
		t.Run(tt.golden, func(t *testing.T) {
			t.Parallel()
			e := goldenEvent(t, tt.golden)
			if !strings.Contains(strings.Join(e.List(event.LogSource), " ")+" ", tt.source+" ") { // a rule may leave the category out
				t.Errorf("log sources are %v, want %s among them", e.List(event.LogSource), tt.source)
			}
			for field, want := range tt.want {
				if got := sigmaField(t, e, tt.source, field); !strings.Contains(" "+got+" ", " "+want+" ") {
					t.Errorf("%s is %q, want %q", field, got, want)
				}
			}
		})
	}
}

// sigmaField reads a field as rules for source do, in a slow and obvious way:
// the column of that name, the extra field, or what stands inside of one. Several
// values are joined by spaces.
func sigmaField(t *testing.T, e *event.Event, source, field string) string {
	t.Helper()
	var doc, extra map[string]any
	if err := json.Unmarshal(e.AppendJSON(nil), &doc); err != nil {
		t.Fatal(err)
	}
	extra, _ = doc["extra"].(map[string]any)
	part := strings.Split(source, ":")
	for c := range event.NumColumns {
		for _, row := range c.Info().Sigma {
			if row.Matches(part[0], part[1], part[2]) && strings.Contains(" "+strings.Join(row.Names, " ")+" ", " "+field+" ") && e.Has(c) {
				return leaves(doc[c.String()])
			}
		}
	}
	if v, ok := doc[field]; ok && field != "extra" {
		return leaves(v)
	}
	for _, path := range append(event.SigmaPaths(part[0], part[1], part[2], field), field) {
		if name, whole := strings.CutSuffix(path, ".*"); whole {
			if v, ok := e.ExtraField(name); ok {
				return v.Text
			}
			continue
		}
		if found := leaves(walk(extra, path)); found != "" {
			return found
		}
	}
	return ""
}

func walk(v any, path string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if name == path {
				return inner
			}
			if rest, ok := strings.CutPrefix(path, name+"."); ok {
				if found := walk(inner, rest); found != nil {
					return found
				}
			}
		}
	case []any:
		var all []any
		for _, one := range v {
			if found := walk(one, path); found != nil {
				all = append(all, found)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

func leaves(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		out := make([]string, 0, len(v))
		for _, one := range v {
			out = append(out, leaves(one))
		}
		return strings.Join(out, " ")
	case nil:
		return ""
	default:
		text, _ := json.Marshal(v) // it was JSON a moment ago
		return string(text)
	}
}
