package ui

import "errors"

// The colours that messages use (ECMA-48, select graphic rendition).
const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	cyan   = "\x1b[36m"
	reset  = "\x1b[0m"
)

// paint puts a colour round text where colours are allowed.
func paint(allowed bool, color, text string) string {
	if !allowed || color == "" || text == "" {
		return text
	}
	return color + text + reset
}

// Error tells a failure in one line on Err, "shoal: verb object: cause", and below it what can be done
// about it, where hint is not "". Both are escaped. It is told also with Quiet.
func (x *IO) Error(err error, hint string) {
	if err == nil {
		err = errors.New("unknown error")
	}
	text := x.headed(red, "shoal:", err.Error())
	if hint != "" {
		text += x.headed(cyan, "hint:", hint)
	}
	x.say(text)
}

// Warn tells in one line on Err what went wrong without stopping the work. Quiet hides it.
func (x *IO) Warn(text string) {
	if !x.Quiet {
		x.say(x.headed(yellow, "shoal: warning:", text))
	}
}

// Info tells something in one line on Err. Quiet hides it.
func (x *IO) Info(text string) {
	if !x.Quiet {
		x.say(x.headed("", "", text))
	}
}

// headed makes one line behind a word in a colour, and remembers it.
func (x *IO) headed(color, head, text string) string {
	text = x.charset.line(text)
	if head == "" {
		x.recent.said(text)
		return text + "\n"
	}
	x.recent.said(head + " " + text)
	return paint(x.Color, color, head) + " " + text + "\n"
}

// say writes to Err. There is nowhere to complain when that fails.
func (x *IO) say(text string) { _, _ = x.Err.Write([]byte(text)) }
