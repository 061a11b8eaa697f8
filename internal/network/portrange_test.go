package network

import "testing"

func TestParsePortRange(t *testing.T) {
	for text, want := range map[string]PortRange{
		"6881-6889": {6881, 6889}, "6881": {6881, 6881}, "0": {}, "1-65535": {1, 65535}, "5-5": {5, 5},
	} {
		got, err := ParsePortRange(text)
		if err != nil || got != want {
			t.Errorf("ParsePortRange(%q) = %v, %v; want %v", text, got, err, want)
		}
		if back, err := ParsePortRange(got.String()); err != nil || back != want {
			t.Errorf("%v does not survive as text: %v, %v", want, back, err)
		}
	}
	for _, text := range []string{"", "-", "1-", "-1", "65536", "9-8", "0-5", "a", "1-2-3", " 1", "+1", "1.5"} {
		if got, err := ParsePortRange(text); err == nil {
			t.Errorf("ParsePortRange(%q) = %v, want an error", text, got)
		}
	}
	if !(PortRange{}).Any() || (PortRange{0, 1}).Any() {
		t.Error("only the zero range is any port")
	}
}
