package mse

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"

	other "github.com/anacrolix/torrent/mse"
)

// An implementation by others speaks the same language, called and calling.
func TestWithAnother(t *testing.T) {
	for _, p := range []Policy{Preferred, Required} {
		t.Run(fmt.Sprint("calling with ", p), func(t *testing.T) {
			a, b := tcp(t)
			done := make(chan error, 1)
			go func() {
				rw, _, err := other.ReceiveHandshake(context.Background(), b, func(f func([]byte) bool) {
					_ = f(there[:]) && f(here[:])
				}, other.DefaultCryptoSelector)
				if err == nil {
					_, err = io.CopyN(rw, rw, 10)
				}
				done <- err
			}()
			nc, err := InitiateWith(t.Context(), a, here, p, []byte("ahead"))
			if err != nil {
				t.Fatal(err)
			}
			var ahead [5]byte
			if _, err := io.ReadFull(nc, ahead[:]); err != nil || string(ahead[:]) != "ahead" {
				t.Errorf("%q, %v", ahead, err)
			}
			echo(t, nc)
			if err := <-done; err != nil {
				t.Error(err)
			}
			if _, encrypted := nc.(*Conn); encrypted != (p == Required) {
				t.Error("encrypted:", encrypted) // it takes what costs least
			}
		})
	}
	for _, p := range []Policy{Allowed, Preferred, Required} {
		t.Run(fmt.Sprint("called with ", p), func(t *testing.T) {
			a, b := tcp(t)
			done := make(chan error, 1)
			go func() {
				rw, _, err := other.InitiateHandshake(a, here[:], []byte("ahead"), other.AllSupportedCrypto)
				if err == nil {
					_, err = io.CopyN(rw, rw, 5)
				}
				done <- err
			}()
			nc, encrypted, err := Receive(b, slices.Values([][20]byte{there, here}), p)
			if err != nil {
				t.Fatal(err)
			}
			var ahead [5]byte
			if _, err := io.ReadFull(nc, ahead[:]); err != nil || string(ahead[:]) != "ahead" {
				t.Errorf("%q, %v", ahead, err)
			}
			echo(t, nc)
			if err := <-done; err != nil {
				t.Error(err)
			}
			if encrypted != (p != Allowed) {
				t.Error("encrypted:", encrypted)
			}
		})
	}
}

// echo sends five bytes and wants them back.
func echo(t *testing.T, rw io.ReadWriter) {
	t.Helper()
	var b [5]byte
	if _, err := rw.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(rw, b[:]); err != nil || string(b[:]) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
}
