#include "textflag.h"

// SHA-256 of two inputs at once with the SHA extensions, for the same reason
// as in sha1pair_amd64.s.
//
// Registers: lane A keeps its state in X1 (words A, B, E, F) and X2 (C, D, G,
// H) and four words of the message in each of X3 to X6; lane B has X7, X8 and
// X9 to X12. X0 feeds the rounds, which read it implicitly; X13 is scratch,
// X14 holds the byte order. R8 and R9 point to the inputs, R10 to the round
// constants.

// The words of a block are big-endian.
DATA wordOrder<>+0(SB)/8, $0x0405060700010203
DATA wordOrder<>+8(SB)/8, $0x0c0d0e0f08090a0b
GLOBL wordOrder<>(SB), RODATA|NOPTR, $16

DATA roundConstants<>+0(SB)/8, $0x71374491428a2f98
DATA roundConstants<>+8(SB)/8, $0xe9b5dba5b5c0fbcf
DATA roundConstants<>+16(SB)/8, $0x59f111f13956c25b
DATA roundConstants<>+24(SB)/8, $0xab1c5ed5923f82a4
DATA roundConstants<>+32(SB)/8, $0x12835b01d807aa98
DATA roundConstants<>+40(SB)/8, $0x550c7dc3243185be
DATA roundConstants<>+48(SB)/8, $0x80deb1fe72be5d74
DATA roundConstants<>+56(SB)/8, $0xc19bf1749bdc06a7
DATA roundConstants<>+64(SB)/8, $0xefbe4786e49b69c1
DATA roundConstants<>+72(SB)/8, $0x240ca1cc0fc19dc6
DATA roundConstants<>+80(SB)/8, $0x4a7484aa2de92c6f
DATA roundConstants<>+88(SB)/8, $0x76f988da5cb0a9dc
DATA roundConstants<>+96(SB)/8, $0xa831c66d983e5152
DATA roundConstants<>+104(SB)/8, $0xbf597fc7b00327c8
DATA roundConstants<>+112(SB)/8, $0xd5a79147c6e00bf3
DATA roundConstants<>+120(SB)/8, $0x1429296706ca6351
DATA roundConstants<>+128(SB)/8, $0x2e1b213827b70a85
DATA roundConstants<>+136(SB)/8, $0x53380d134d2c6dfc
DATA roundConstants<>+144(SB)/8, $0x766a0abb650a7354
DATA roundConstants<>+152(SB)/8, $0x92722c8581c2c92e
DATA roundConstants<>+160(SB)/8, $0xa81a664ba2bfe8a1
DATA roundConstants<>+168(SB)/8, $0xc76c51a3c24b8b70
DATA roundConstants<>+176(SB)/8, $0xd6990624d192e819
DATA roundConstants<>+184(SB)/8, $0x106aa070f40e3585
DATA roundConstants<>+192(SB)/8, $0x1e376c0819a4c116
DATA roundConstants<>+200(SB)/8, $0x34b0bcb52748774c
DATA roundConstants<>+208(SB)/8, $0x4ed8aa4a391c0cb3
DATA roundConstants<>+216(SB)/8, $0x682e6ff35b9cca4f
DATA roundConstants<>+224(SB)/8, $0x78a5636f748f82ee
DATA roundConstants<>+232(SB)/8, $0x8cc7020884c87814
DATA roundConstants<>+240(SB)/8, $0xa4506ceb90befffa
DATA roundConstants<>+248(SB)/8, $0xc67178f2bef9a3f7
GLOBL roundConstants<>(SB), RODATA|NOPTR, $256

#define STATE_IN(P, S0, S1) \
	MOVOU   (P), X13       \
	MOVOU   16(P), S1      \
	PSHUFD  $0xB1, X13, X13 \
	PSHUFD  $0x1B, S1, S1  \
	MOVO    X13, S0        \
	PALIGNR $8, S1, S0     \
	PBLENDW $0xF0, X13, S1

#define STATE_OUT(P, S0, S1) \
	PSHUFD  $0x1B, S0, X13 \
	PSHUFD  $0xB1, S1, S1  \
	MOVO    X13, S0        \
	PBLENDW $0xF0, S1, S0  \
	PALIGNR $8, X13, S1    \
	MOVOU   S0, (P)        \
	MOVOU   S1, 16(P)

#define LOAD(OFF, MA, MB) \
	MOVOU  OFF(R8), MA \
	MOVOU  OFF(R9), MB \
	PSHUFB X14, MA     \
	PSHUFB X14, MB

// ROUNDS does four rounds of one lane, with the constants at offset K.
#define ROUNDS(K, M, S0, S1) \
	MOVOU       K(R10), X0  \
	PADDD       M, X0       \
	SHA256RNDS2 X0, S0, S1  \
	PSHUFD      $0x0E, X0, X0 \
	SHA256RNDS2 X0, S1, S0

#define BOTH(K, MA, MB) \
	ROUNDS(K, MA, X1, X2) \
	ROUNDS(K, MB, X7, X8)

// NEXT finishes the words N of the schedule from the words M before them and
// the words P before those.
#define NEXT(P, M, N) \
	MOVO       M, X13     \
	PALIGNR    $4, P, X13 \
	PADDD      X13, N     \
	SHA256MSG2 M, N

// STEP does four rounds with the words M, while the next words N are made.
#define STEP(K, PA, MA, NA, PB, MB, NB) \
	BOTH(K, MA, MB)  \
	NEXT(PA, MA, NA) \
	NEXT(PB, MB, NB) \
	SHA256MSG1 MA, PA \
	SHA256MSG1 MB, PB

#define STEP0(K) STEP(K, X6, X3, X4, X12, X9, X10)
#define STEP1(K) STEP(K, X3, X4, X5, X9, X10, X11)
#define STEP2(K) STEP(K, X4, X5, X6, X10, X11, X12)
#define STEP3(K) STEP(K, X5, X6, X3, X11, X12, X9)

// func sha256Blocks(a, b *[8]uint32, pa, pb *byte, blocks int)
TEXT ·sha256Blocks(SB), NOSPLIT, $64-40
	MOVQ  a+0(FP), DI
	MOVQ  b+8(FP), SI
	MOVQ  pa+16(FP), R8
	MOVQ  pb+24(FP), R9
	MOVQ  blocks+32(FP), CX
	TESTQ CX, CX
	JZ    done
	LEAQ  roundConstants<>(SB), R10
	MOVOU wordOrder<>(SB), X14
	STATE_IN(DI, X1, X2)
	STATE_IN(SI, X7, X8)

block:
	MOVOU X1, 0(SP)
	MOVOU X2, 16(SP)
	MOVOU X7, 32(SP)
	MOVOU X8, 48(SP)

	// Rounds 0 to 15 use the block as it is.
	LOAD(0, X3, X9)
	BOTH(0, X3, X9)
	LOAD(16, X4, X10)
	BOTH(16, X4, X10)
	SHA256MSG1 X4, X3
	SHA256MSG1 X10, X9
	LOAD(32, X5, X11)
	BOTH(32, X5, X11)
	SHA256MSG1 X5, X4
	SHA256MSG1 X11, X10
	LOAD(48, X6, X12)
	STEP3(48)

	// 16 to 51.
	STEP0(64)
	STEP1(80)
	STEP2(96)
	STEP3(112)
	STEP0(128)
	STEP1(144)
	STEP2(160)
	STEP3(176)
	STEP0(192)

	// 52 to 63: the schedule ends.
	BOTH(208, X4, X10)
	NEXT(X3, X4, X5)
	NEXT(X9, X10, X11)
	BOTH(224, X5, X11)
	NEXT(X4, X5, X6)
	NEXT(X10, X11, X12)
	BOTH(240, X6, X12)

	// Add what the state was before the block.
	MOVOU 0(SP), X13
	PADDD X13, X1
	MOVOU 16(SP), X13
	PADDD X13, X2
	MOVOU 32(SP), X13
	PADDD X13, X7
	MOVOU 48(SP), X13
	PADDD X13, X8

	ADDQ $64, R8
	ADDQ $64, R9
	DECQ CX
	JNZ  block

	STATE_OUT(DI, X1, X2)
	STATE_OUT(SI, X7, X8)

done:
	RET
