package seedrule

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestHolds(t *testing.T) {
	v := Values{
		Ratio: 2, Uploaded: 3 << 30, Time: 90 * time.Minute, Idle: 10 * time.Second, Peers: 4, Seeders: 3, Leechers: -1,
	}
	for _, c := range []struct {
		rule string
		want bool
	}{
		{"ratio>=2", true},
		{"ratio > 2", false},
		{"2 <= ratio", true},
		{"ratio==2.0", true},
		{"ratio != 2", false},
		{"ratio>=2 && seeders>=3", true},
		{"ratio>=2 && seeders>3", false},
		{"ratio>=3 || seeders>=3", true},
		{"ratio>=2 and not seeders > 3 or peers<0", true},
		{"ratio>=3 || seeders>=3 && peers==5", false}, // && binds tighter
		{"(ratio>=3 || seeders>=3) && peers==4", true},
		{"!(ratio<2)", true},
		{"!!ratio<2", false},
		{"time >= 1h30m", true},
		{"time>=5400", true},
		{"time > 1h30m", false},
		{"idle<10s", false},
		{"uploaded >= 3GiB", true},
		{"uploaded > 3072M", false},
		{"1.5GiB<uploaded", true},
		{"seeders < peers", true},
		{"idle < time", true},
		{"peers >= seeders && ratio>1", true},
		// What is unknown decides nothing, unless the rest does.
		{"leechers==0", false},
		{"leechers!=0", false},
		{"!(leechers==0)", false},
		{"leechers==0 || ratio>=2", true},
		{"leechers==0 && ratio>=2", false},
		{"!(leechers==0 && ratio>=3)", true},
		{"leechers < seeders", false},
		{"\t ratio >=\n2 ", true},
		{"RATIO>=2", false},
	} {
		r, err := Parse(c.rule)
		if strings.HasPrefix(c.rule, "RATIO") {
			if err == nil {
				t.Errorf("%q is understood", c.rule)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.rule, err)
			continue
		}
		if got := r.Holds(v); got != c.want {
			t.Errorf("%q: %v, want %v", c.rule, got, c.want)
		}
		if r.String() != c.rule {
			t.Errorf("%q is written %q", c.rule, r)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ rule, want string }{
		{"", "column 1: something is missing at the end"},
		{"ratio", "column 6: want a comparison after ratio: one of < <= > >= == !="},
		{"ratio>=", "column 8: something is missing at the end"},
		{"ratio>=2 &&", "column 12: something is missing at the end"},
		{"ratio>=2 seeders>=3", `column 10: want && or || before "seeders"`},
		{"ratio>=2 & seeders>=3", "column 10: & alone means nothing: write &&"},
		{"ratio=2", "column 6: = alone means nothing: write == to compare"},
		{"1<ratio<2", "column 8: a comparison has two sides: write && between two of them"},
		{"seeds>=3", `column 1: unknown word "seeds": there are ratio, time, seeders, leechers, peers, uploaded, idle`},
		{"2>=3", "column 1: two constants are compared: one side has to be one of ratio, time, seeders, leechers, peers, uploaded, idle"},
		{"ratio>=time", "column 8: ratio is a number and time is a time: they cannot be compared"},
		{"ratio>=2h", `column 8: "2h" is not a number, which ratio is compared with`},
		{"ratio>=1e9", `column 8: "1e9" is not a number, which ratio is compared with`},
		{"peers>1.5", `column 7: "1.5" is not a whole number, which peers is compared with`},
		{"(ratio>=2", "column 1: this parenthesis is not closed"},
		{"ratio>=2)", "column 9: this parenthesis was not opened"},
		{"()", `column 2: want a word or a number before ")"`},
		{"ratio>=-1", `column 8: want a word or a number before "-"`},
		{"ünter>=1", `column 1: want a word or a number before "ü"`},
		{"ratio>=2 && ü", `column 13: want a word or a number before "ü"`},
		{"ü" + strings.Repeat("x", MaxLength), "column 1000: the rule is longer than 1000 bytes"},
		{strings.Repeat("(", MaxDepth+1), "column 52: more than"},
		{strings.Repeat("!", MaxDepth+1) + "ratio>1", "column 52: more than"},
	} {
		_, err := Parse(c.rule)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", c.rule, err)
			continue
		}
		if got := err.Error(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q: %s, want %s", c.rule, got, c.want)
		}
	}
	for rule, want := range map[string]string{"time>2x": "not a duration", "uploaded>2x": "not a size"} {
		if _, err := Parse(rule); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", rule, err)
		}
	}
}

// A rule is understood or refused with a position inside of it, and never holds together with its negation.
func FuzzParse(f *testing.F) {
	for _, rule := range []string{
		"ratio>=2 && seeders>=3", "!(time>1h30m or uploaded>=1.5GiB)", "((idle<10s))", "1<ratio<2", "µ", "2>=peers||not leechers!=0",
	} {
		f.Add(rule)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		r, err := Parse(rule)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Pos < 0 || e.Pos > len(rule) || e.Error() == "" {
				t.Fatalf("%q: %v", rule, err)
			}
			return
		}
		opposite, err := Parse("!(" + rule + ")")
		for _, v := range []Values{{}, {Ratio: 2, Uploaded: 1 << 40, Time: time.Hour, Idle: time.Minute, Peers: 3, Seeders: -1, Leechers: 7}} {
			if err == nil && r.Holds(v) && opposite.Holds(v) {
				t.Fatalf("%q holds for %+v, and so does its negation", rule, v)
			}
		}
	})
}
