package seedrule

import (
	"errors"
	"strconv"
	"strings"

	"github.com/shoal-project/shoal/internal/config"
)

// kind is what a word counts, and so how a constant that it is compared with is written.
type kind struct {
	name string
	read func(text string) (float64, error)
}

var (
	plain    = &kind{"a number", readNumber}
	count    = &kind{"a whole number", readCount}
	size     = &kind{"a size", readSize}
	duration = &kind{"a time", readDuration}
)

// word is a name that a rule may use.
type word struct {
	name  string
	kind  *kind
	value operand
}

// words are in the order in which messages list them.
var words = []word{
	{"ratio", plain, func(v *Values) float64 { return v.Ratio }},
	{"time", duration, func(v *Values) float64 { return v.Time.Seconds() }},
	{"seeders", count, func(v *Values) float64 { return float64(v.Seeders) }},
	{"leechers", count, func(v *Values) float64 { return float64(v.Leechers) }},
	{"peers", count, func(v *Values) float64 { return float64(v.Peers) }},
	{"uploaded", size, func(v *Values) float64 { return float64(v.Uploaded) }},
	{"idle", duration, func(v *Values) float64 { return v.Idle.Seconds() }},
}

// wordNamed finds a word; nil if there is none of that name.
func wordNamed(name string) *word {
	for i := range words {
		if words[i].name == name {
			return &words[i]
		}
	}
	return nil
}

// wordNames are all of them in a row.
func wordNames() string {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = w.name
	}
	return strings.Join(names, ", ")
}

var (
	errNumber = errors.New("is not a number")
	errCount  = errors.New("is not a whole number")
)

func readNumber(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789.") != "" {
		return 0, errNumber
	}
	return f, nil
}

func readCount(text string) (float64, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, errCount
	}
	return float64(n), nil
}

func readSize(text string) (float64, error) {
	n, err := config.ParseSize(text)
	return float64(n), err
}

func readDuration(text string) (float64, error) {
	d, err := config.ParseDuration(text)
	return d.Seconds(), err
}
