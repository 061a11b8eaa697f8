package metainfo

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

func TestZZ(t *testing.T) {
	p := os.Getenv("ZZ")
	if p == "" {
		t.Skip()
	}
	f := V1
	if os.Getenv("F") == "v2" {
		f = V2
	}
	if os.Getenv("F") == "hybrid" {
		f = Hybrid
	}
	s := time.Now()
	m := create(t, Options{Path: p, Format: f})
	fmt.Println(f, time.Since(s), m.Info.NumPieces())
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	fmt.Println("sys MB", ms.Sys>>20)
	b, _ := os.ReadFile("/proc/self/status")
	for _, l := range []string{"VmHWM"} {
		i := 0
		for i = 0; i < len(b)-5; i++ {
			if string(b[i:i+5]) == l {
				break
			}
		}
		fmt.Println(string(b[i : i+25]))
	}
}
