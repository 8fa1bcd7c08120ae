/*
 * The condition, whose waiters are requeued to the mutex's word.
 *
 * await    with the mutex: read := sequence; release the mutex; FUTEX_WAIT(sequence == read); then acquire the mutex as one that has slept. After a
 *          timeout or an interrupt, sequence != read means signalled all the same, since this thread may have been the one to be requeued.
 * signal   with the mutex: sequence++; WAITERS into the mutex's word; FUTEX_CMP_REQUEUE(sequence -> word, wake 0, requeue 1 or all), with a new
 *          look at the sequence if a recoverer has changed it
 * recover  the mutex's word first; then sequence++, then wake all. Without the change, one that has released the mutex and does not sleep yet
 *          would sleep on a sequence that its dead signaller never came to change.
 *
 * Participant 0 puts ITEMS items and signals each; the others take one each, and stop if their wait times out or an owner has died.
 * Checked: what the mutex's model checks; at the end nobody sleeps while an item is there, or an owner's death is to be told, or the mutex is
 * not free; nobody is stuck elsewhere.
 */
#define WORDS 2
#ifndef ITEMS
#define ITEMS 1
#endif
#include "kernel.pml"
#include "lockword.pml"

#define WORD 0
#define SEQUENCE 1

byte word;
byte sequence;
byte items;
bool ended; /* an owner has died: whoever is told stops, and so do all that come after */

/* What the model's recoverer does to a condition. */
inline recoverCondition() {
#ifndef BUG_SEQUENCE_NOT_CHANGED
    sequence++; /* step: add */
#endif
    futexWake(SEQUENCE, ALL) /* step: wake */
}

inline recover(s) {
    recoverWord(WORD, word, s);
    recoverCondition()
}
#include "sentinel.pml"

inline lock() {
    acquire(WORD, word, false);
    if
    :: got == REPAIRING -> atomic { dirty = false; ended = true } markConsistent(word)
    :: else
    fi
}

inline signal(n) {
    sequence++; /* step: add */
    do
    :: atomic { seen = word; assert(SLOT(seen) == me + 1) } /* step: load */
        if
        :: atomic { word == seen -> word = seen | WAITERS; break } /* step: compare and exchange */
        :: atomic { word != seen -> skip }
        fi
    od;
    do
    :: seen = sequence; /* step: load */
        atomic { /* step: requeue */
            futexRequeue(SEQUENCE, sequence, seen, n, WORD);
            if
            :: ok -> break
            :: else
            fi
        }
    od;
    forget()
}

/* left: by a timeout that is none of a signalled one */
inline await() {
    read = sequence; /* step: load */
    release(WORD, word);
    got = QUEUE;
endAwait:
    do
    :: atomic { got == QUEUE -> futexQueue(SEQUENCE, sequence, read); got = (ok -> ASLEEP : LOAD) } /* step: FUTEX_WAIT compares and queues */
    :: atomic { got == ASLEEP && AWAKE -> got = LOAD } /* step: woken, from whichever queue */
    :: atomic { got == ASLEEP && MAY_STOP -> /* step: no longer waiting */
            timeouts++; stopWaiting();
            if
            :: got = LOAD
            :: got = LEFT_TIMED_OUT
            fi
        }
    :: atomic { got == LEFT_TIMED_OUT -> /* step: load */
#ifdef BUG_TIMEOUT_TAKES_SIGNAL
            left = true;
#else
            left = (sequence == read);
#endif
            got = LOAD
        }
    :: atomic { got == LOAD -> read = 0; ok = 0; slept = true; break }
    od;
    lock()
}

proctype Participant(byte me) {
    byte seen, next, got, read, round;
    bool ok, slept, deferred, starving, left;
    {
        if
        :: me == 0 ->
            do
            :: round < ITEMS ->
                lock();
                dirty = true;
                atomic { items++; dirty = false }
                if
                :: signal(1)
                :: signal(ALL)
                fi;
                release(WORD, word);
                round++
            :: else -> break
            od
        :: else ->
            lock();
            do
            :: atomic { items == 0 && !ended && !left -> skip }
                await()
            :: atomic { items == 0 && !ended && left -> break }
            :: atomic { items == 0 && ended -> break }
            :: atomic { items > 0 && left -> break }
            :: atomic { items > 0 && !left -> dirty = true }
                atomic { items--; dirty = false; break }
            od;
            release(WORD, word)
        fi;
        atomic { assert(SLOT(word) != me + 1); leave(); round = 0; got = 0; left = 0 }
    } unless { atomic { killed[me] -> forget(); got = 0; round = 0; read = 0; left = 0 } }
}

/* The mutex is free then; a hint (STARVING, WAITERS) of one that has timed out or died may stand in its word, and the next one takes it off. */
#define WELL(i) (killed[i] || done[i] || (waitsOn[i] == SEQUENCE + 1 && items == 0 && !ended && SLOT(word) == 0 && !(word & OWNER_DIED)))

/* When nothing can go on. */
active proctype Monitor() {
end:
    timeout -> assert(WELL(0) && WELL(1));
#if PARTICIPANTS > 2
    assert(WELL(2))
#endif
}

init {
    start()
}
