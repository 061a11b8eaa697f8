//go:build windows

package disk

import "testing"

// cpuMeter measures nothing here.
type cpuMeter struct{}

func newCPUMeter() *cpuMeter                 { return new(cpuMeter) }
func (m *cpuMeter) start()                   {}
func (m *cpuMeter) stop()                    {}
func (m *cpuMeter) report(*testing.B, int64) {}

// makePipe makes a named pipe; there are none here.
func makePipe(t testing.TB, _ string) { t.Skip("no named pipes") }
