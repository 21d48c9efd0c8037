package arch

// layer is a group of packages with the same rights. Imports go down only.
type layer struct {
	name string
	// may lists the layers whose packages it may import.
	may []*layer
}

var (
	base       = &layer{name: "base"}
	vocabulary = &layer{name: "vocabulary", may: []*layer{base}}
	engine     = &layer{name: "engine", may: []*layer{base, vocabulary}}
	transport  = &layer{name: "transport", may: []*layer{base, vocabulary}}
	service    = &layer{name: "service", may: []*layer{base, vocabulary, engine, transport}}
	settings   = &layer{name: "settings", may: []*layer{base, vocabulary, engine, transport, service}}
	command    = &layer{name: "command", may: []*layer{base, vocabulary, engine, transport, service, settings}}
	// testing packages may import everything and are imported by tests only.
	testOnly = &layer{name: "test", may: []*layer{base, vocabulary, engine, transport, service, settings}}
)

// row is one package of the architecture.
type row struct {
	// dir is the package's folder in the module. One that ends in "/..." is
	// everything below.
	dir   string
	layer *layer
	// also lists packages of its own layer that it may import.
	also []string
	// io says that an engine's job is I/O: it may have goroutines, a clock and
	// the network.
	io bool
	// alone says that the package imports nothing of this module, so that it
	// could be published as it is.
	alone bool
}

// table is the architecture. A new package needs a row.
var table = []row{
	{dir: "internal/unit", layer: base},
	{dir: "internal/run", layer: base, also: []string{"internal/unit"}, io: true},

	{dir: "internal/record", layer: vocabulary},
	{dir: "internal/event", layer: vocabulary},
	{dir: "internal/alert", layer: vocabulary},

	{dir: "internal/listen", layer: engine, io: true},
	{dir: "internal/enrich", layer: engine, io: true},
	{dir: "internal/format", layer: engine},
	{dir: "internal/shape", layer: engine, alone: true},
	{dir: "internal/sigma", layer: engine, alone: true},
	{dir: "internal/window", layer: engine, alone: true},
	{dir: "internal/detect", layer: engine, also: []string{"internal/sigma", "internal/window"}},
	{dir: "internal/rules", layer: engine, alone: true},
	{dir: "internal/store", layer: engine, also: []string{"internal/store/query"}, io: true},
	{dir: "internal/store/query", layer: engine},
	{dir: "internal/sink", layer: engine, io: true},

	{dir: "internal/bus", layer: transport},

	{dir: "internal/ingest", layer: service},
	{dir: "internal/normalize", layer: service},
	{dir: "internal/correlate", layer: service},
	{dir: "internal/archive", layer: service},
	{dir: "internal/notify", layer: service},
	{dir: "internal/console", layer: service},

	{dir: "internal/config", layer: settings},

	{dir: "cmd/internal/...", layer: command},
	{dir: "cmd/...", layer: command, also: []string{"cmd/internal/..."}},

	{dir: "internal/bustest", layer: testOnly},
	{dir: "internal/e2e", layer: testOnly, also: []string{"internal/bustest"}},
	{dir: "internal/arch", layer: testOnly, alone: true},
}

// fence says which packages may import a third-party package, or its like.
type fence struct {
	// pkg is an import path; everything below it is meant too.
	pkg string
	// dirs may import it, tests of testDirs may as well.
	dirs, testDirs []string
	advice         string
}

var fences = []fence{
	{
		pkg: "github.com/nats-io/nats.go", dirs: []string{"internal/bus", "internal/bustest", "internal/e2e"}, testDirs: []string{"cmd/..."},
		advice: "use internal/bus; what it lacks belongs there",
	},
	{
		pkg: "github.com/nats-io/nats-server/v2", dirs: []string{"internal/bus", "internal/bustest", "internal/e2e"}, testDirs: []string{"cmd/..."},
		advice: "use internal/bus, or internal/bustest in a test",
	},
	{
		pkg: "github.com/parquet-go/parquet-go", dirs: []string{"internal/store"},
		advice: "use internal/store; what it lacks belongs there",
	},
	{
		pkg:    "github.com/rs/zerolog/log",
		advice: "take a zerolog.Logger by value",
	},
	{
		pkg:    "log/slog",
		advice: "take a zerolog.Logger by value",
	},
}

// impure are packages that a package without I/O doesn't import.
var impure = []string{
	"github.com/rs/zerolog", "github.com/rs/zerolog/...", "github.com/prometheus/...",
	"net", "net/http", "net/http/...", "os/exec", "os/signal", "math/rand", "math/rand/...",
}

// clock are the functions of package time that read or wait for the clock.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// badNames are names that say nothing about what a package provides.
var badNames = []string{"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "misc", "shared"}
