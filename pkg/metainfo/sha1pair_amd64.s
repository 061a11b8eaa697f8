#include "textflag.h"

// SHA-1 of two inputs at once with the SHA extensions. One input leaves the
// unit idle most of the time, because each instruction waits for the one
// before it; the instructions of a second input fit into the gaps.
//
// Registers: lane A keeps its state in X0 and X1/X2 and four words of the
// message in each of X3 to X6; lane B has X7, X8/X9 and X10 to X13. X14 holds
// the byte order, X15 is scratch. R8 and R9 point to the inputs.

// The words of a block are big-endian, and the unit wants the first of four
// at the top.
DATA byteOrder<>+0(SB)/8, $0x08090a0b0c0d0e0f
DATA byteOrder<>+8(SB)/8, $0x0001020304050607
GLOBL byteOrder<>(SB), RODATA|NOPTR, $16

#define STATE_IN(P, ABCD, E) \
	MOVOU  (P), ABCD        \
	PSHUFD $0x1B, ABCD, ABCD \
	MOVL   16(P), AX        \
	MOVQ   AX, E            \
	PSLLO  $12, E

#define STATE_OUT(P, ABCD, E) \
	PSHUFD $0x1B, ABCD, ABCD \
	MOVOU  ABCD, (P)        \
	PSRLO  $12, E           \
	MOVQ   E, AX            \
	MOVL   AX, 16(P)

// LOAD reads the next four words of each message.
#define LOAD(OFF, MA, MB) \
	MOVOU  OFF(R8), MA \
	MOVOU  OFF(R9), MB \
	PSHUFB X14, MA     \
	PSHUFB X14, MB

// ROUNDS does four rounds with the message words MA and MB. EA and EB carry
// the fifth word of the state in, NA and NB out.
#define ROUNDS(F, MA, EA, NA, MB, EB, NB) \
	SHA1NEXTE MA, EA     \
	SHA1NEXTE MB, EB     \
	MOVO      X0, NA     \
	MOVO      X7, NB     \
	SHA1RNDS4 $F, EA, X0 \
	SHA1RNDS4 $F, EB, X7

#define EVEN(F, MA, MB) ROUNDS(F, MA, X1, X2, MB, X8, X9)
#define ODD(F, MA, MB) ROUNDS(F, MA, X2, X1, MB, X9, X8)

// The message schedule, in three parts. LAST finishes the words that the next
// rounds use, and comes before the rounds, so as not to make them wait.
#define FIRST(MA, PA, MB, PB) \
	SHA1MSG1 MA, PA \
	SHA1MSG1 MB, PB

#define MIDDLE(MA, PA, MB, PB) \
	PXOR MA, PA \
	PXOR MB, PB

#define LAST(MA, NA, MB, NB) \
	SHA1MSG2 MA, NA \
	SHA1MSG2 MB, NB

// Sixteen words of the schedule are in use at once; the four steps below are
// one turn through them.
#define STEP0(TURN, F) \
	LAST(X3, X4, X10, X11)   \
	TURN(F, X3, X10)         \
	FIRST(X3, X6, X10, X13)  \
	MIDDLE(X3, X5, X10, X12)

#define STEP1(TURN, F) \
	LAST(X4, X5, X11, X12)   \
	TURN(F, X4, X11)         \
	FIRST(X4, X3, X11, X10)  \
	MIDDLE(X4, X6, X11, X13)

#define STEP2(TURN, F) \
	LAST(X5, X6, X12, X13)   \
	TURN(F, X5, X12)         \
	FIRST(X5, X4, X12, X11)  \
	MIDDLE(X5, X3, X12, X10)

#define STEP3(TURN, F) \
	LAST(X6, X3, X13, X10)   \
	TURN(F, X6, X13)         \
	FIRST(X6, X5, X13, X12)  \
	MIDDLE(X6, X4, X13, X11)

// func sha1Blocks(a, b *[5]uint32, pa, pb *byte, blocks int)
TEXT ·sha1Blocks(SB), NOSPLIT, $64-40
	MOVQ  a+0(FP), DI
	MOVQ  b+8(FP), SI
	MOVQ  pa+16(FP), R8
	MOVQ  pb+24(FP), R9
	MOVQ  blocks+32(FP), CX
	TESTQ CX, CX
	JZ    done
	MOVOU byteOrder<>(SB), X14
	STATE_IN(DI, X0, X1)
	STATE_IN(SI, X7, X8)

block:
	MOVOU X0, 0(SP)
	MOVOU X1, 16(SP)
	MOVOU X7, 32(SP)
	MOVOU X8, 48(SP)

	// Rounds 0 to 3 add the message to the fifth word as it is.
	LOAD(0, X3, X10)
	PADDD X3, X1
	PADDD X10, X8
	MOVO  X0, X2
	MOVO  X7, X9
	SHA1RNDS4 $0, X1, X0
	SHA1RNDS4 $0, X8, X7

	// 4 to 15: the rest of the block; the schedule starts.
	LOAD(16, X4, X11)
	ODD(0, X4, X11)
	FIRST(X4, X3, X11, X10)
	LOAD(32, X5, X12)
	EVEN(0, X5, X12)
	FIRST(X5, X4, X12, X11)
	MIDDLE(X5, X3, X12, X10)
	LOAD(48, X6, X13)
	STEP3(ODD, 0)

	// 16 to 67.
	STEP0(EVEN, 0)
	STEP1(ODD, 1)
	STEP2(EVEN, 1)
	STEP3(ODD, 1)
	STEP0(EVEN, 1)
	STEP1(ODD, 1)
	STEP2(EVEN, 2)
	STEP3(ODD, 2)
	STEP0(EVEN, 2)
	STEP1(ODD, 2)
	STEP2(EVEN, 2)
	STEP3(ODD, 3)
	STEP0(EVEN, 3)

	// 68 to 79: the schedule ends.
	LAST(X4, X5, X11, X12)
	ODD(3, X4, X11)
	MIDDLE(X4, X6, X11, X13)
	LAST(X5, X6, X12, X13)
	EVEN(3, X5, X12)
	ODD(3, X6, X13)

	// Add what the state was before the block.
	MOVOU 16(SP), X15
	SHA1NEXTE X15, X1
	MOVOU 48(SP), X15
	SHA1NEXTE X15, X8
	MOVOU 0(SP), X15
	PADDD X15, X0
	MOVOU 32(SP), X15
	PADDD X15, X7

	ADDQ $64, R8
	ADDQ $64, R9
	DECQ CX
	JNZ  block

	STATE_OUT(DI, X0, X1)
	STATE_OUT(SI, X7, X8)

done:
	RET

// func cpuid(leaf, subleaf uint32) (eax, ebx, ecx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-20
	MOVL leaf+0(FP), AX
	MOVL subleaf+4(FP), CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	RET
