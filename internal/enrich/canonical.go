package enrich

import (
	"bytes"
	"net/netip"
	"strings"
)

// indicator is one entry of a list in its canonical form, in which events are
// looked up.
type indicator struct {
	kind    kind
	value   string
	network netip.Prefix
}

// classify returns the indicator that text is, by its form.
func classify(text string) (indicator, bool) {
	text = refang(strings.TrimSpace(text))
	if addr, err := netip.ParseAddr(text); err == nil {
		return indicator{kind: kindAddress, value: addr.Unmap().WithZone("").String()}, true
	}
	if network, err := netip.ParsePrefix(text); err == nil {
		return ofNetwork(network), true
	}
	if hash, ok := canonicalHash(nil, text); ok {
		return indicator{kind: kindHash, value: string(hash)}, true
	}
	if strings.Contains(text, "/") {
		url, ok := canonicalURL([]byte(text))
		return indicator{kind: kindURL, value: string(url)}, ok && len(text) <= maxURL
	}
	name := strings.TrimPrefix(strings.TrimPrefix(text, "*"), ".")
	domain, ok := canonicalDomain(nil, name)
	return indicator{kind: kindDomain, value: string(domain)}, ok && bytes.IndexByte(domain, '.') > 0
}

func ofNetwork(network netip.Prefix) indicator {
	if addr := network.Addr(); addr.Is4In6() && network.Bits() >= 96 {
		network = netip.PrefixFrom(addr.Unmap(), network.Bits()-96)
	}
	if network.IsSingleIP() {
		return indicator{kind: kindAddress, value: network.Addr().String()}
	}
	return indicator{kind: kindNetwork, network: network.Masked()}
}

// refang undoes the ways in which reports make indicators harmless: hxxp://,
// 192.0.2[.]1, example(.)com.
func refang(text string) string {
	if strings.HasPrefix(text, "hxxp") {
		text = "http" + text[len("hxxp"):]
	}
	if strings.ContainsAny(text, "[(") {
		text = strings.NewReplacer("[.]", ".", "(.)", ".", "[:]", ":", "[://]", "://").Replace(text)
	}
	return text
}

// canonicalDomain appends name in lower case without its last dot to dst. It
// reports false for what is no name of DNS.
func canonicalDomain(dst []byte, name string) ([]byte, bool) {
	if i := strings.IndexByte(name, ':'); i > 0 {
		name = name[:i] // a port
	}
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > maxDomain || name[0] == '.' || name[len(name)-1] == '.' {
		return nil, false
	}
	for i := range len(name) {
		b := name[i]
		switch {
		case b >= 'A' && b <= 'Z':
			b |= 0x20
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b == '-', b == '_', b >= 0x80:
		case b == '.' && name[i-1] != '.':
		default:
			return nil, false
		}
		dst = append(dst, b)
	}
	return dst, true
}

// canonicalHash appends an MD5, SHA-1 or SHA-256 in lower case to dst.
func canonicalHash(dst []byte, text string) ([]byte, bool) {
	if len(text) != 32 && len(text) != 40 && len(text) != 64 {
		return nil, false
	}
	for i := range len(text) {
		b := text[i]
		switch {
		case b >= 'A' && b <= 'F':
			b |= 0x20
		case b >= 'a' && b <= 'f', b >= '0' && b <= '9':
		default:
			return nil, false
		}
		dst = append(dst, b)
	}
	return dst, true
}

// canonicalURL brings url, in place, into the form in which URLs are compared:
// without scheme and fragment, the host in lower case without the ports 80 and
// 443, at least "/" behind it.
func canonicalURL(url []byte) ([]byte, bool) {
	if i := bytes.Index(url[:min(len(url), 12)], []byte("://")); i > 0 {
		url = url[i+3:]
	}
	if i := bytes.IndexByte(url, '#'); i >= 0 {
		url = url[:i]
	}
	end := bytes.IndexAny(url, "/?")
	if end < 0 {
		end = len(url)
	}
	for i, b := range url[:end] {
		if b >= 'A' && b <= 'Z' {
			url[i] = b | 0x20
		}
	}
	for _, port := range [...]string{":80", ":443"} {
		if bytes.HasSuffix(url[:end], []byte(port)) {
			url = append(url[:end-len(port)], url[end:]...)
			end -= len(port)
			break
		}
	}
	if end == 0 || url[0] != '[' && bytes.IndexByte(url[:end], '.') < 0 {
		return nil, false // neither a name of the internet nor an address
	}
	if end == len(url) {
		url = append(url, '/')
	}
	return url, true
}
