// Package webseed owns one HTTP server that has the content of one torrent (BEP 19): the URL of each
// file, requests for runs of bytes that may cross files, and the judgement of what the server answers.
// It must not know of pieces' hashes, of peers, or of who decides what is asked for: bytes go into
// memory that is handed in, and the caller verifies them.
package webseed
