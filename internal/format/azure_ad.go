package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var azureAD = &Format{
	Name:  "azure_ad",
	Title: "Microsoft Entra ID (Azure AD)",
	Doc: "Sign-in, audit, provisioning and risk logs of Microsoft Entra ID and requests to Microsoft Graph, in the three shapes they come in: " +
		"diagnostic settings (Event Hub, storage), Microsoft Graph, and tables of Log Analytics. It promises a category or table of Entra ID, or " +
		"what only its records have. Source: https://learn.microsoft.com/en-us/graph/api/resources/azure-ad-auditlog-overview",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &azureADDocument, c, e)
	},
	Match:    noText,
	document: &azureADDocument,
}

var azureADDocument = documentKind{
	keys: []string{
		"category", "activityDisplayName", "activityDateTime", "createdDateTime", "riskEventType", "riskLastUpdatedDateTime", "TimeGenerated", "records",
	},
	claims: claimAzureAD,
	fill:   fillAzureAD,
}

// adKind is a kind of log of Entra ID.
type adKind struct {
	service   string
	eventType string
	sources   []string
}

var (
	adSignIn       = &adKind{"signinlogs", event.AuthLogin, []string{":azure:signinlogs"}}
	adAudit        = &adKind{"auditlogs", event.CloudAPI, []string{":azure:auditlogs"}}
	adProvisioning = &adKind{"provisioninglogs", event.AccountChange, []string{":azure:provisioninglogs"}}
	adRisk         = &adKind{"riskdetection", event.IDSAlert, []string{":azure:riskdetection"}}
	adPIM          = &adKind{"pim", event.IDSAlert, []string{":azure:pim"}}
	adGraph        = &adKind{"microsoftgraphactivitylogs", event.CloudAPI, []string{":azure:microsoftgraphactivitylogs"}}
)

// adKindOf returns the kind of a record, nil where it is none, and how sure that
// is.
func adKindOf(o *object) (kind *adKind, score int) {
	if kind = adCategory(o.text("category")); kind != nil && (kind != adAudit || isADAudit(o)) {
		return kind, 90
	}
	if o.has("TimeGenerated") {
		if kind = adTable(o.text("Type")); kind != nil && (kind != adAudit || o.has("OperationName")) {
			return kind, 90
		}
	}
	switch {
	case isADAudit(o):
		return adAudit, 85
	case o.text("riskEventType") != "" && (o.has("riskState") || o.has("riskLevel") || o.has("detectedDateTime")):
		if strings.HasSuffix(o.text("riskEventType"), "AlertIncident") {
			return adPIM, 85
		}
		return adRisk, 85
	case o.has("riskLastUpdatedDateTime") && o.has("riskState"):
		return adRisk, 85
	case o.has("provisioningAction") && o.has("activityDateTime"):
		return adProvisioning, 85
	case o.has("createdDateTime") && (o.has("userPrincipalName") || o.has("servicePrincipalName")) && (o.has("appId") || o.has("appDisplayName")):
		return adSignIn, 85
	}
	return nil, 0
}

// isADAudit reports whether o has what audit records of Entra ID have, at its top
// or in its properties. Other products have a category AuditLogs too.
func isADAudit(o *object) bool {
	if o.has("activityDisplayName") && (o.has("initiatedBy") || o.has("loggedByService") || o.has("targetResources")) {
		return true
	}
	if foldContains(o.text("resourceId"), "/providers/microsoft.aadiam") || foldContains(o.text("resourceid"), "/providers/microsoft.aadiam") {
		return true
	}
	p := o.find("properties")
	return p != nil && (p.inner("activityDisplayName") != nil || p.inner("initiatedBy") != nil && p.inner("loggedByService") != nil)
}

func adCategory(category string) *adKind {
	switch category {
	case "SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs", "ADFSSignInLogs":
		return adSignIn
	case "AuditLogs":
		return adAudit
	case "ProvisioningLogs":
		return adProvisioning
	case "UserRiskEvents", "RiskyUsers", "ServicePrincipalRiskEvents", "RiskyServicePrincipals":
		return adRisk
	case "MicrosoftGraphActivityLogs":
		return adGraph
	default:
		return nil
	}
}

func adTable(table string) *adKind {
	switch table {
	case "SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs", "ADFSSignInLogs":
		return adSignIn
	case "AuditLogs":
		return adAudit
	case "AADProvisioningLogs":
		return adProvisioning
	case "AADUserRiskEvents", "AADRiskyUsers", "AADServicePrincipalRiskEvents", "AADRiskyServicePrincipals":
		return adRisk
	case "MicrosoftGraphActivityLogs":
		return adGraph
	default:
		return nil
	}
}

func claimAzureAD(o *object) int {
	if _, score := adKindOf(o); score > 0 {
		return score
	}
	inner, _ := recordsOf(o, "records")
	if inner == nil {
		return 0
	}
	defer inner.release()
	_, score := adKindOf(inner)
	return score
}

func fillAzureAD(o *object, c *Context, e *event.Event) error {
	kind, _ := adKindOf(o)
	if kind == nil {
		return fillRecord(o, "records", c, e, fillAzureAD)
	}
	for _, name := range [...]string{
		"Status", "DeviceDetail", "LocationDetails", "InitiatedBy", "TargetResources", "AdditionalDetails", "properties",
		"ConditionalAccessPolicies", "AuthenticationDetails", "ProvisioningStatusInfo",
	} {
		o.find(name).unwrap()
	}
	details := adDetails(o)
	o.flatten(azureADMapping)
	outcome := adOutcome(o, kind)
	if kind == adAudit {
		setADTarget(o, e)
	}
	azureADMapping.fill(o.members, c, e)
	fillAbsent(e, event.UserAgent, details.agent)
	if level := azureLevel(o.text("Level") + o.text("level")); level != "" && !e.Has(event.LogLevel) {
		e.SetText(event.LogLevel, level)
	}
	e.SetText(event.Vendor, "microsoft")
	e.SetText(event.Product, "azure")
	e.SetText(event.Service, kind.service)
	e.SetText(event.EventType, kind.eventType)
	if kind == adAudit && changesAccount(o) {
		e.SetText(event.EventType, event.AccountChange)
	}
	e.SetText(event.Outcome, outcome)
	e.SetList(event.LogSource, kind.sources)
	return nil
}

// azureLevel returns the word for a level that Azure writes as a number.
func azureLevel(s string) string {
	switch s {
	case "1":
		return "critical"
	case "2":
		return "error"
	case "3":
		return "warning"
	case "4":
		return "info"
	case "5":
		return "debug"
	default:
		return ""
	}
}

// changesAccount reports whether an audit record is about users, groups or their
// roles.
func changesAccount(o *object) bool {
	category := o.text("properties.category")
	if category == "" {
		category = o.text("category") + o.text("Category")
	}
	switch category {
	case "UserManagement", "GroupManagement", "RoleManagement":
		return true
	default:
		return false
	}
}
