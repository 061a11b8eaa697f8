package mse

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
)

var (
	here  = [20]byte{1, 2, 3}
	there = [20]byte{4, 5, 6}
)

// Who connects to whom, and how.
func TestPolicies(t *testing.T) {
	const (
		inClear   = "in the clear"
		encrypted = "encrypted"
		refused   = "refused"
	)
	tests := []struct {
		from, to Policy
		want     string
		why      error
	}{
		{Off, Off, inClear, nil},
		{Off, Allowed, inClear, nil},
		{Off, Preferred, inClear, nil},
		{Off, Required, refused, ErrPlain},
		{Allowed, Off, inClear, nil},
		{Allowed, Allowed, inClear, nil},
		{Allowed, Preferred, inClear, nil},
		{Allowed, Required, refused, ErrPlain},
		{Preferred, Off, refused, ErrEncrypted},
		{Preferred, Allowed, inClear, nil},
		{Preferred, Preferred, encrypted, nil},
		{Preferred, Required, encrypted, nil},
		{Required, Off, refused, ErrEncrypted},
		{Required, Allowed, encrypted, nil},
		{Required, Preferred, encrypted, nil},
		{Required, Required, encrypted, nil},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.from, " to ", tt.to), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := pipe(t)
				s := shake(a, b, here, [][20]byte{there, here}, tt.from, tt.to)
				if tt.want == refused {
					if !errors.Is(s.inErr, tt.why) || s.outErr == nil {
						t.Fatalf("errors: %v; %v; want %v", s.inErr, s.outErr, tt.why)
					}
					return
				}
				if s.inErr != nil || s.outErr != nil {
					t.Fatalf("errors: %v; %v", s.inErr, s.outErr)
				}
				_, outEncrypts := s.out.(*Conn)
				_, inEncrypts := s.in.(*Conn)
				want := tt.want == encrypted
				if s.encrypted != want || outEncrypts != want || inEncrypts != want {
					t.Errorf("encrypted: %v, %v, %v; want %v", s.encrypted, outEncrypts, inEncrypts, want)
				}
				if !want && (Unwrap(s.in) != b || s.out != a) {
					t.Error("the connection in the clear is not the one below")
				}
			})
		})
	}
}

// A second try with the policy that Second gives reaches everybody whom the policies let meet at all.
func TestSecond(t *testing.T) {
	for from := Off; from <= Required; from++ {
		for to := Off; to <= Required; to++ {
			met := false
			for p, ok := from, true; ok && !met; p, ok = p.Second() {
				synctest.Test(t, func(t *testing.T) {
					a, b := pipe(t)
					s := shake(a, b, here, [][20]byte{here}, p, to)
					met = s.inErr == nil && s.outErr == nil
				})
				if p != from {
					break
				}
			}
			want := !(from == Off && to == Required || from == Required && to == Off)
			if met != want {
				t.Errorf("%v meets %v: %v, want %v", from, to, met, want)
			}
		}
	}
}

func TestPolicyWords(t *testing.T) {
	for p := Off; p <= Required; p++ {
		if got, err := ParsePolicy(p.String()); got != p || err != nil {
			t.Errorf("ParsePolicy(%q) = %v, %v", p.String(), got, err)
		}
	}
	if _, err := ParsePolicy("forced"); err == nil {
		t.Error("an unknown word was taken")
	}
	if got := Policy(9).String(); got != "Policy(9)" {
		t.Error(got)
	}
}
