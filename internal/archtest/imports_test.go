package archtest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is the drawing of the house: who may import whom among our own packages. A package that
// is missing here imports none of them.
var mayImport = map[string][]string{
	"cmd/shoal":         {"internal/cli"},
	"internal/cli":      {"internal/session", "internal/ui", "internal/ui/view", "internal/config", "internal/ledger", "internal/manifest", "internal/disk", "internal/network", "internal/network/mse", "internal/seedrule", "internal/sourcelist", "pkg/metainfo"},
	"internal/session":  {"internal/swarm", "internal/peer", "internal/disk", "internal/webseed", "internal/tracker", "internal/dht", "internal/lsd", "internal/portmap", "internal/network", "internal/network/mse", "internal/network/utp", "pkg/metainfo"},
	"internal/swarm":    {"internal/peer", "internal/disk", "internal/webseed", "internal/network", "pkg/metainfo"},
	"internal/peer":     {"internal/network"},
	"internal/disk":     {"pkg/metainfo"},
	"internal/webseed":  {"internal/network", "pkg/metainfo"},
	"internal/tracker":  {"internal/network", "pkg/metainfo"},
	"internal/dht":      {"internal/network", "pkg/metainfo"},
	"internal/lsd":      {"internal/network", "pkg/metainfo"},
	"internal/portmap":  {"internal/network"},
	"internal/seedrule": {"internal/config"},

	"internal/ui/view":      {"internal/ui"},
	"internal/ui/eventtest": {"internal/ui"},
}

// onlyIn says which modules are the business of a few packages, of most a single one. Tests of others may not use them either.
var onlyIn = map[string][]string{
	"github.com/spf13/cobra":            {"internal/cli"},
	"github.com/schollz/progressbar/v3": {"internal/ui"},
	"github.com/pelletier/go-toml/v2":   {"internal/config", "internal/manifest"},
	"go.yaml.in/yaml/v3":                {"internal/manifest"},
	"github.com/huin/goupnp":            {"internal/portmap"},

	"github.com/gdamore/tcell/v3":              {"internal/ui/view"},
	"github.com/santhosh-tekuri/jsonschema/v6": {"internal/ui/eventtest"},
}

// engine is the client type of a project whose protocol parts we use. We have an engine of our own.
const engine = "github.com/anacrolix/torrent"

func TestImportsPointOneWay(t *testing.T) {
	each(t, func(f *file) {
		for _, from := range f.imports {
			if !strings.HasPrefix(from, module+"/") || f.test || within(f.pkg, "internal/swarmtest") {
				continue // test code joins the parts as it needs them
			}
			if to := strings.TrimPrefix(from, module+"/"); !slices.Contains(mayImport[f.pkg], to) {
				t.Errorf("%s: %s imports %s, which the table of imports does not allow", f.path, f.pkg, to)
			}
		}
	})
}

func TestModulesThatBelongToOnePackage(t *testing.T) {
	each(t, func(f *file) {
		for _, from := range f.imports {
			for mod, owners := range onlyIn {
				if within(from, mod) && !within(f.pkg, owners...) {
					t.Errorf("%s imports %s, which only %s may", f.path, from, strings.Join(owners, " and "))
				}
			}
			if from == engine {
				t.Errorf("%s imports %s: take its subpackages, not its client", f.path, from)
			}
		}
	})
}

// What a file does not import by itself may come in through a dependency.
func TestDependenciesWithoutTheOtherEngine(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list -deps: %v", err)
	}
	if slices.Contains(strings.Fields(string(out)), engine) {
		t.Errorf("the build depends on %s; go mod why says through what", engine)
	}
}
