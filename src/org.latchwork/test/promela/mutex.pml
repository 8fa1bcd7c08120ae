/*
 * The mutex: LockWord's acquire, release, markConsistent, recover.
 *
 * Each participant acquires ROUNDS times, changes something in two steps, and releases. It repairs or not, as it likes, what a dead owner left.
 * Checked: mutual exclusion; a death is told to the next owner, and to nobody else; a half change is never found without being told of; nothing
 * is taken from a live owner; unrecoverable is final; every survivor comes to its end (no lost wake-up, no endless loop).
 */
#define WORDS 1
#include "kernel.pml"
#include "lockword.pml"

byte word;

#define recover(s) recoverWord(0, word, s)
#include "sentinel.pml"

proctype Participant(byte me) {
    byte seen, next, got, round;
    bool ok, slept, deferred, starving;
    {
        do
        :: round < ROUNDS ->
            acquire(0, word, true);
            if
            :: got == ACQUIRED || got == REPAIRING ->
                if
                :: got == REPAIRING -> dirty = false; markConsistent(word)
                :: true /* also REPAIRING: it gives up */
                fi;
                dirty = true;
                dirty = false;
                release(0, word)
            :: else
            fi;
            round++
        :: else -> break
        od;
        atomic { assert(SLOT(word) != me + 1); leave(); round = 0; got = 0 }
    } unless { atomic { killed[me] -> forget(); got = 0; round = 0 } }
}

init {
    start()
}
