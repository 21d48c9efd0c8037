package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// o365Type returns the event type of an operation.
func o365Type(workload, operation string) string {
	switch operation {
	case "UserLoggedIn", "UserLoginFailed", "MailboxLogin":
		return event.AuthLogin
	case "UserLoggedOut", "UserSignedOut", "SignOut":
		return event.AuthLogout
	case "Send", "SendAs", "SendOnBehalf", "TIMailData", "TIMailUrlClickData":
		return event.Email
	case "AlertTriggered", "AlertUpdated", "AlertEntityGenerated":
		return event.IDSAlert
	case "FileMalwareDetected", "TIFileData", "AtpDetection":
		return event.Malware
	case "MemberAdded", "MemberRemoved", "MemberRoleChanged", "AddedToGroup", "RemovedFromGroup", "AddedToSecureLink", "SiteCollectionAdminAdded":
		return event.AccountChange
	case "FileUploaded", "FileModified", "FileModifiedExtended", "FileRenamed", "FileDeleted", "FileMoved", "FileCopied", "FileRecycled", "FileRestored",
		"FileCheckedIn", "FileSyncUploadedFull", "FileSyncUploadedPartial", "FileDeletedFirstStageRecycleBin", "FileDeletedSecondStageRecycleBin",
		"FileVersionsAllDeleted", "FileCreatedOnRemovableMedia", "FileCopiedToRemovableMedia":
		return event.FileChange
	}
	if workload == "AzureActiveDirectory" && changesUser(operation) {
		return event.AccountChange
	}
	return event.CloudAPI
}

// changesUser knows operations on users, groups and roles of Entra ID: "Add
// user.", "Reset user password.", "Add member to role.", "Disable Strong
// Authentication.".
func changesUser(operation string) bool {
	switch {
	case strings.Contains(operation, " user"), strings.Contains(operation, " member "), strings.Contains(operation, " group"),
		strings.Contains(operation, "account"), strings.Contains(operation, "Strong Authentication"), strings.Contains(operation, "password"):
		return true
	default:
		return false
	}
}

// o365Outcome goes by the operation where it says how it ended, then by the
// result. Records without one say only that it was done.
func o365Outcome(o *object, operation string) string {
	switch operation {
	case "UserLoginFailed":
		return event.Failure
	case "UserLoggedIn":
		return event.Success
	}
	if text := o.text("LogonError"); text != "" {
		return event.Failure
	}
	switch result := o.text("ResultStatus") + o.text("resultstatus"); {
	case equalFoldAny(result, "Success", "Succeeded", "True", "PartiallySucceeded"):
		return event.Success
	case equalFoldAny(result, "Failure", "Failed", "False"):
		return event.Failure
	default:
		return event.Unknown
	}
}
