package enrich

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// The set answers as a plain search through its entries does: an exact address
// first, then the narrowest network, and the list that had an entry first.
func TestIndicatorsAgainstAPlainList(t *testing.T) {
	t.Parallel()
	address := rapid.Custom(func(t *rapid.T) netip.Addr {
		a := [4]byte{10, 0, byte(rapid.IntRange(0, 3).Draw(t, "c")), byte(rapid.IntRange(0, 3).Draw(t, "d"))}
		if rapid.Bool().Draw(t, "six") {
			return netip.AddrFrom16([16]byte{0x20, 1, 13: a[1], 14: a[2], 15: a[3]})
		}
		return netip.AddrFrom4(a)
	})
	rapid.Check(t, func(t *rapid.T) {
		s := newIndicators()
		type entry struct {
			network netip.Prefix
			list    string
		}
		var plain []entry
		for i := range rapid.IntRange(0, 12).Draw(t, "entries") {
			addr := address.Draw(t, "entry")
			bits := addr.BitLen() - rapid.SampledFrom([]int{0, 1, 2, 8, 9}).Draw(t, "host bits")
			network := netip.PrefixFrom(addr, bits).Masked()
			name := fmt.Sprint("list", i)
			s.names = append(s.names, name)
			s.add(ofNetwork(network), uint16(i))
			plain = append(plain, entry{network, name})
		}
		for range 8 {
			addr := address.Draw(t, "asked")
			want, bits := "", -1
			for _, p := range plain {
				if p.network.Contains(addr) && p.network.Bits() > bits {
					want, bits = p.list, p.network.Bits()
				}
			}
			if _, got := s.address(addr.String(), addr); got != want {
				t.Fatalf("%v is in %q, want %q of %v", addr, got, want, plain)
			}
		}
	})
}

func TestManyIndicators(t *testing.T) {
	t.Parallel()
	s := newIndicators()
	s.names = []string{"l"}
	const n = 50_000
	for i := range n {
		s.add(indicator{kind: kindDomain, value: fmt.Sprintf("h%d.example", i)}, 0)
	}
	for i := range n {
		if _, ok := s.find(kindDomain, []byte(fmt.Sprintf("h%d.example", i))); !ok {
			t.Fatalf("entry %d is lost", i)
		}
		if _, ok := s.find(kindDomain, []byte(fmt.Sprintf("g%d.example", i))); ok {
			t.Fatalf("g%d is found", i)
		}
		if _, ok := s.find(kindURL, []byte(fmt.Sprintf("h%d.example", i))); ok {
			t.Fatalf("h%d is found as a URL", i)
		}
	}
	if s.count != n {
		t.Errorf("%d entries, want %d", s.count, n)
	}
}

func FuzzSTIXPattern(f *testing.F) {
	for _, s := range []string{
		"[ipv4-addr:value = '192.0.2.1']", "[a:b.'c-d'[*].e NOT IN ('x', 1, t'2026')] AND [x:y LIKE 'a%'] WITHIN 5 SECONDS", "[[", "['", "[a:b='\\''] REPEATS 5 TIMES", "[(a:b = 1 OR c:d > 2.5) AND e:f = true]", "[a:b[",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		found, err := stixPattern(pattern)
		if err != nil && len(found) > 0 {
			t.Error("an error and indicators")
		}
		for _, i := range found {
			checkCanonical(t, i)
		}
	})
}

func FuzzLists(f *testing.F) {
	for _, s := range []string{"192.0.2.1\n", "a,b\n1.2.3.4,example.com\n", "hxxp://a.example:80#\n", "\"a", "::ffff:1.2.3.4/100\n", "fe80::1%eth0\n", "*.a.example\n", "HTTP://A.B:443?x\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(i indicator) { checkCanonical(t, i) }
		_ = readTextList([]byte(text), check)
		_ = readCSVList([]byte(text), "", check)
		for _, match := range []string{matchExact, matchFold, matchNetwork} {
			tab := table{match: match, byKey: map[string]int32{}, networks: map[int]map[netip.Prefix]int32{}}
			_ = tab.read([]byte(text), &Table{Name: "t", Key: "a", Fields: []string{"user_name"}})
		}
	})
}

// checkCanonical fails where an indicator would not be found in an event that
// has its value.
func checkCanonical(t *testing.T, i indicator) {
	t.Helper()
	if i.kind == kindNetwork {
		if !i.network.IsValid() || i.network.Masked() != i.network {
			t.Errorf("network %v is not in its canonical form", i.network)
		}
		return
	}
	again, ok := []byte(i.value), true
	switch i.kind {
	case kindDomain:
		again, ok = canonicalDomain(nil, i.value)
	case kindHash:
		again, ok = canonicalHash(nil, i.value)
	case kindURL:
		again, ok = canonicalURL([]byte(i.value))
	}
	if !ok || string(again) != i.value {
		t.Errorf("kind %d: %q is not in its canonical form, which is %q", i.kind, i.value, again)
	}
}

// BenchmarkApply measures everything at once on web requests from 20,000
// addresses, with a million indicators.
func BenchmarkApply(b *testing.B) {
	o := fullOptions(b)
	var list strings.Builder
	for i := range 500_000 {
		fmt.Fprintf(&list, "%d.%d.%d.%d\nhost%d.example.net\n", 20+i>>16, i>>16&255, i>>8&255, i&255, i)
	}
	o.Indicators = append(o.Indicators, Indicators{Name: "million", File: writeFile(b, "million.txt", list.String())})
	e := load(b, o)
	events := make([]event.Event, 20_000)
	for i := range events {
		var ip [4]byte
		binary.BigEndian.PutUint32(ip[:], uint32(0xC0000200+i*7919))
		ev := &events[i]
		ev.SetText(event.EventType, event.HTTPAccess)
		ev.SetText(event.SourceIP, netip.AddrFrom4(ip).String())
		ev.SetText(event.HTTPHost, "www.shop.example")
		ev.SetText(event.RequestPath, "/products/1?from=list")
		ev.SetText(event.UserAgent, fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", i%40, i%40))
	}
	b.ReportAllocs()
	n := 0
	var ev event.Event
	for b.Loop() {
		extra := ev.Extra[:0]
		ev = events[n%len(events)]
		ev.Extra = extra
		e.Apply(&ev)
		n++
	}
	b.ReportMetric(float64(e.Stats().Bytes)/(1<<20), "MiB")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
