//go:build interop

package interop

import (
	"os"
	"testing"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

func TestMain(m *testing.M) {
	runMeasured()
	lab.Sweep()
	os.Exit(m.Run())
}
