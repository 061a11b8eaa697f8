package cli

import (
	"strconv"

	"github.com/spf13/cobra"
)

// exitMeaning is what a code says, for people.
type exitMeaning struct {
	code int
	text string
}

// exitMeanings are all codes that there are, in their order.
var exitMeanings = []exitMeaning{
	{exitOK, "all that was asked for is done"},
	{exitOther, "something that none of the others is for"},
	{exitTimeout, "--timeout or --stall-timeout: it took too long"},
	{exitNotFound, "a file, a page or a transfer was not found"},
	{exitNetwork, "the network: a socket, a name, a connection to a server"},
	{exitInterrupted, "interrupted with work left; the same command, or shoal resume, goes on"},
	{exitDiskFull, "the disk is full, or has less left than --min-free"},
	{exitLocked, "another process is at work on the same content"},
	{exitInTheWay, "a file is in the way and not replaced without --overwrite"},
	{exitOpen, "a file could not be opened"},
	{exitCreate, "a file could not be created"},
	{exitIO, "reading or writing a file failed"},
	{exitMkdir, "a folder could not be made"},
	{exitBadReply, "a server answered with an error"},
	{exitNotAllowed, "a server wants a password, or refuses"},
	{exitBadTorrent, "not a torrent, or a bad one, or one beyond --max-torrent"},
	{exitBadMagnet, "not a magnet link, or a bad one"},
	{exitUsage, "a command line, a setting or a manifest that cannot be meant"},
	{exitMismatch, "the data does not match the torrent"},
	{exitNoPeers, "no peer gave the metadata of a link before --timeout"},
}

func exitCodesTopic(*cobra.Command) string {
	pairs := make([][2]string, len(exitMeanings))
	for i, m := range exitMeanings {
		pairs[i] = [2]string{strconv.Itoa(m.code), m.text}
	}
	return "The exit code says what happened. The numbers below 32 are those that aria2 uses for the same things.\n\n" +
		columns(pairs) +
		"\nA command that is given several things tries every one of them, prints a line for each that failed, and\n" +
		"ends with the code of the first failure in the order given. With --json the code of each is in its event\n" +
		"error, and that of the command in the summary.\n"
}
