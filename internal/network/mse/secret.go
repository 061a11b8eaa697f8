package mse

import (
	"crypto/rand"
	"crypto/rc4"
	"crypto/sha1"
	"math/big"
)

const (
	keySize     = 96 // of a public key and of the secret
	privateSize = 20 // bits beyond 160 add nothing
	skipped     = 1024
)

// primeHex is the prime of the exchange; the generator is 2.
const primeHex = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD1" +
	"29024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
	"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245" +
	"E485B576625E7EC6F44C42E9A63A36210000000000090563"

// exchange is our side of a Diffie-Hellman exchange.
type exchange struct {
	prime, private big.Int
}

func newExchange() *exchange {
	var e exchange
	e.prime.SetString(primeHex, 16)
	var b [privateSize]byte
	rand.Read(b[:]) //nolint:errcheck // it never fails
	e.private.SetBytes(b[:])
	return &e
}

// public is what the other side gets.
func (e *exchange) public() (y [keySize]byte) {
	new(big.Int).Exp(big.NewInt(2), &e.private, &e.prime).FillBytes(y[:])
	return y
}

// secret is what both sides know then. ok is false for a key that gives a secret known beforehand.
func (e *exchange) secret(theirs []byte) (s [keySize]byte, ok bool) {
	y := new(big.Int).SetBytes(theirs)
	last := new(big.Int).Sub(&e.prime, big.NewInt(1))
	if y.Cmp(big.NewInt(1)) <= 0 || y.Cmp(last) >= 0 {
		return s, false
	}
	y.Exp(y, &e.private, &e.prime).FillBytes(s[:])
	return s, true
}

func hash(word string, parts ...[]byte) (sum [sha1.Size]byte) {
	h := sha1.New()
	h.Write([]byte(word))
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}

// cipher is the key stream of one direction: "keyA" of the side that opened the connection, "keyB" of the other.
func cipher(word string, secret [keySize]byte, infohash [20]byte) *rc4.Cipher {
	key := hash(word, secret[:], infohash[:])
	c, err := rc4.NewCipher(key[:])
	if err != nil {
		panic(err) // it refuses keys by their length alone
	}
	var skip [skipped]byte
	c.XORKeyStream(skip[:], skip[:])
	return c
}

// ask names a torrent to those who know it.
func ask(secret [keySize]byte, infohash [20]byte) [sha1.Size]byte {
	a, b := hash("req2", infohash[:]), hash("req3", secret[:])
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

// padding is 0 to 512 random bytes.
func padding() []byte {
	var n [2]byte
	rand.Read(n[:]) //nolint:errcheck // it never fails
	pad := make([]byte, (int(n[0])<<8|int(n[1]))%(maxPad+1))
	rand.Read(pad) //nolint:errcheck // it never fails
	return pad
}
