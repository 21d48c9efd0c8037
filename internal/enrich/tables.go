package enrich

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// maxTable is how large a CSV table may be, in bytes.
const maxTable = 1 << 30

// table is a CSV file, indexed by its key.
type table struct {
	label  string
	fields []tableField
	match  string
	// rows holds the values that are added, width a row.
	rows  []string
	width int
	// byKey has the number of a row; keys are in lower case for fold.
	byKey    map[string]int32
	networks map[int]map[netip.Prefix]int32
	lengths  []int
	bytes    int64
}

// tableField is a field of events that is looked up, with the names under which
// the results go to extra.
type tableField struct {
	column event.Column
	extra  string // set where the field is not a column
	names  []string
}

func loadTable(o *Table) (*table, error) {
	data, err := readFile(o.File, maxTable)
	if err != nil {
		return nil, err
	}
	t := &table{label: o.Name, match: o.Match, byKey: map[string]int32{}, networks: map[int]map[netip.Prefix]int32{}}
	if err := t.read(data, o); err != nil {
		return nil, fmt.Errorf("%s:%w", o.File, err)
	}
	t.bytes = int64(len(data)) + int64(len(t.rows)*16+len(t.byKey)*40)
	return t, nil
}

// read reads the file. Of rows with the same key the last one counts.
func (t *table) read(data []byte, o *Table) error {
	r := newCSV(data)
	r.ReuseRecord, r.Comment = false, 0
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("1: the header line can't be read: %w", err)
	}
	key := slices.Index(head, o.Key)
	if key < 0 {
		return fmt.Errorf("1: there is no column %q; there are %s", o.Key, strings.Join(head, ", "))
	}
	add, err := addedColumns(head, key, o.Add)
	if err != nil {
		return err
	}
	t.name(o, head, add)
	r.FieldsPerRecord = len(head)
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err)
		}
		if err := t.index(record[key]); err != nil {
			line, _ := r.FieldPos(key)
			return fmt.Errorf("%d: %w", line, err)
		}
		for _, i := range add {
			t.rows = append(t.rows, record[i])
		}
	}
}

func addedColumns(head []string, key int, names []string) ([]int, error) {
	var add []int
	if len(names) == 0 {
		for i := range head {
			if i != key {
				add = append(add, i)
			}
		}
	}
	for _, name := range names {
		i := slices.Index(head, name)
		if i < 0 {
			return nil, fmt.Errorf("1: there is no column %q; there are %s", name, strings.Join(head, ", "))
		}
		add = append(add, i)
	}
	if len(add) == 0 {
		return nil, errors.New("1: there is no column to add beside the key")
	}
	return add, nil
}

func (t *table) name(o *Table, head []string, add []int) {
	t.width = len(add)
	for _, name := range o.Fields {
		f := tableField{extra: strings.TrimPrefix(name, "extra.")}
		if c, ok := event.ByName(name); ok {
			f = tableField{column: c}
		}
		for _, i := range add {
			f.names = append(f.names, o.Name+"."+strings.TrimPrefix(name, "extra.")+"."+head[i])
		}
		t.fields = append(t.fields, f)
	}
}

// index notes that the next row has the key.
func (t *table) index(key string) error {
	row := int32(len(t.rows) / t.width)
	switch t.match {
	case matchFold:
		t.byKey[strings.ToLower(key)] = row
	case matchNetwork:
		network, err := parseNetwork(strings.TrimSpace(key))
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a network", shorten(key))
		}
		bits := network.Bits()
		if network.Addr().Is4() {
			bits += 96
		}
		if t.networks[bits] == nil {
			t.networks[bits] = map[netip.Prefix]int32{}
			t.lengths = append(t.lengths, bits)
			slices.SortFunc(t.lengths, func(a, b int) int { return b - a })
		}
		t.networks[bits][network] = row
	default:
		t.byKey[key] = row
	}
	return nil
}

func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	return network.Masked(), err
}

// size is how many rows there are.
func (t *table) size() int { return len(t.rows) / t.width }

// apply adds the row of each field's value.
func (t *table) apply(ev *event.Event) {
	for i := range t.fields {
		f := &t.fields[i]
		value := f.value(ev)
		if value == "" {
			continue
		}
		row, ok := t.find(value)
		if !ok {
			continue
		}
		for k, name := range f.names {
			ev.SetExtraText(name, t.rows[row*t.width+k])
		}
	}
}

func (f *tableField) value(ev *event.Event) string {
	if f.extra == "" {
		return ev.Text(f.column)
	}
	v, ok := ev.ExtraField(f.extra)
	if !ok || v.Kind != event.KindString && v.Kind != event.KindNumber {
		return ""
	}
	return v.Text
}

// find returns the row of a value.
func (t *table) find(value string) (row int, ok bool) {
	switch t.match {
	case matchFold:
		number, ok := t.byKey[strings.ToLower(value)]
		return int(number), ok
	case matchNetwork:
		return t.findNetwork(value)
	default:
		number, ok := t.byKey[value]
		return int(number), ok
	}
}

func (t *table) findNetwork(value string) (row int, ok bool) {
	addr, err := netip.ParseAddr(value)
	if err != nil {
		return 0, false
	}
	addr = addr.Unmap()
	shift := 0
	if addr.Is4() {
		shift = 96
	}
	for _, bits := range t.lengths {
		network, err := addr.Prefix(bits - shift)
		if err != nil {
			continue // of the other family
		}
		if number, ok := t.networks[bits][network]; ok {
			return int(number), true
		}
	}
	return 0, false
}
