//go:build !race

package utp

// raceEnabled makes the large tests smaller.
const raceEnabled = false
