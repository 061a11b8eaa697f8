package ledger

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// hold makes the test binary a process that works on a transfer until its stdin ends.
const hold = "SHOAL_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(hold); dir != "" {
		holdTransfer(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func holdTransfer(dir string) {
	l := Open(dir)
	_, err := l.Begin(sample())
	fmt.Println("begun", err)
	var b [1]byte
	_, _ = os.Stdin.Read(b[:])
	l.Close()
}
