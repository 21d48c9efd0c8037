// Package rules holds the rules that ship with Goshawk, as Sigma YAML, and the
// placeholder values they have when the configuration sets none. Each rule file
// has a test beside it, under the same name with the extension txtar.
//
// The package only embeds; detect loads and compiles.
package rules

import "embed"

// FS holds the rule files, one folder per subject.
//
//go:embed chain/*.yml database/*.yml linux/*.yml network/*.yml ssh/*.yml web/*.yml
var FS embed.FS

// Name is what stands before the paths of shipped rules in reports.
const Name = "shipped"

// Placeholders returns the values that placeholders of the shipped rules have
// unless the configuration sets others:
//
//   - expected_sudo_users: who may use sudo without an alert. The default holds
//     root and the accounts that images of common distributions come with.
func Placeholders() map[string][]string {
	return map[string][]string{
		"expected_sudo_users": {"root", "admin", "ubuntu", "debian", "ec2-user", "cloud-user", "vagrant", "ansible"},
	}
}
