package metainfo

import "testing"

// TestWithoutSHAExtensions does as if the processor had none.
func TestWithoutSHAExtensions(t *testing.T) {
	defer func(has bool) { hasSHABlocks = has }(hasSHABlocks)
	hasSHABlocks = false
	t.Run("SHA-1", TestHashPair)
	t.Run("SHA-1 in parts", TestSHA1PairInParts)
	t.Run("SHA-256", TestSum256Pair)
	t.Run("create", TestCreateHashes)
	t.Run("same bytes", TestCreateGivesTheSameBytes)
}
