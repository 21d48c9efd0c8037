package format

// dnsTypeName returns the name of a record type that is given by its number
// (IANA, "Domain Name System (DNS) Parameters"), any other text as it is.
func dnsTypeName(number string) string {
	switch number {
	case "1":
		return "A"
	case "2":
		return "NS"
	case "5":
		return "CNAME"
	case "6":
		return "SOA"
	case "12":
		return "PTR"
	case "15":
		return "MX"
	case "16":
		return "TXT"
	case "28":
		return "AAAA"
	case "33":
		return "SRV"
	case "64":
		return "SVCB"
	case "65":
		return "HTTPS"
	case "255":
		return "ANY"
	case "257":
		return "CAA"
	default:
		return number
	}
}
