/*
 * The read-write lock: ReadLock's enter, leave, enterSlowly, tryTake; WriteLock's take, drained, tryTake, tryUpgrade; RwLock's recovery. It is made of
 * a lock word for writers, a count of reading threads per participant, and drain, which a writer sleeps on until the last of them has left.
 *
 * Each participant reads or writes, as it likes, ROUNDS times. A reader that is turned away waits in the writers' queue, or gives up. A writer waits
 * or only tries; it may keep a read lock when it lets go (downgrade), and a reader may try to write (upgrade).
 * Checked: a writer is alone, but for the dead; nobody reads what is half changed; a death of the word's owner is told to readers and writers, but
 * that of a reader in passing to nobody; a count is 0 in the end, also that of a dead one which has been recovered; every survivor comes to its end.
 *
 * A participant has one thread and does not take the lock again: its count is 0 or 1. "slots" is left out: a writer looks at all counts. So is the
 * bit of a writer that has looked at the counts once before it waits: it looks again.
 */
#define WORDS 2
#define PASSES passes
#include "kernel.pml"
#include "lockword.pml"

#define WORD 0
#define DRAIN 1

byte word;
byte drain;
byte count[PARTICIPANTS];

/* --- what the model knows and the lock does not --- */

bool reading[PARTICIPANTS]; /* it has the read lock */

inline ghostReads() {
    assert((inside == 0 || inside == me + 1) && !dirty && !ownerDied);
    reading[me] = true
}

#define LIVE_READER(i) (reading[i] && !killed[i])
#define OTHER_READER(i) (LIVE_READER(i) && i != me)

/* drain is changed before the wake: the writer may be about to sleep. */
inline wakeWriter() {
    drain++; /* step: add */
    futexWake(DRAIN, 1) /* step: wake */
}

inline recover(s) {
    count[s] = 0; /* step: store */
#ifndef BUG_RECOVERY_DOES_NOT_DRAIN
    wakeWriter();
#endif
    recoverWord(WORD, word, s)
}

#define CLEAN(i) (slotState[i] != SLOT_FREE || (count[i] == 0 && SLOT(word) != i + 1))
#define WELL(i) ((killed[i] || done[i]) && CLEAN(i))

#include "sentinel.pml"

#define HAS_WRITER(v) (SLOT(v) != 0 && !((v) & PASSING) && (v) != UNRECOVERABLE)
#define ADMITS(v) (!((v) & OWNER_DIED) && (SLOT(v) == 0 || ((v) & PASSING)))

inline leaveRead() {
    atomic { assert(count[me] == 1); reading[me] = false; count[me]-- } /* step: add */
    atomic { /* step: load */
        if
        :: HAS_WRITER(word) -> got = DRAIN
        :: else -> got = 0
        fi
    }
    if
#ifndef BUG_READER_DOES_NOT_TELL
    :: got == DRAIN -> wakeWriter()
#endif
    :: else
    fi
}

/* ok: the thread is counted in */
inline enter() {
#ifdef BUG_READER_LOOKS_FIRST
    seen = word;
    atomic {
        count[me]++;
#else
    count[me]++; /* step: add */
    atomic { /* step: load */
        seen = word;
#endif
        if
        :: ADMITS(seen) || SLOT(seen) == me + 1 -> ok = true; ghostReads()
        :: else -> ok = false
        fi;
        seen = 0
    }
    if
    :: !ok -> leaveRead()
    :: else
    fi
}

/* got: ACQUIRED, or why not */
inline enterSlowly() {
    atomic { ok = false; passes = true }
    acquire(WORD, word, true);
    if
    :: got == ACQUIRED ->
#ifdef BUG_PASSING_COUNTS_LAST
        release(WORD, word);
        atomic { count[me]++; ghostReads() }
#else
        atomic { count[me]++; ghostReads() } /* step: add */
        release(WORD, word);
#endif
        got = ACQUIRED
    :: else
    fi;
    passes = false
}

inline read() {
    do
    :: enter();
        atomic {
            if
            :: ok -> got = ACQUIRED; break
            :: else -> got = 0
            fi
        }
        if
        :: enterSlowly(); break
        :: atomic { /* step: load, in tryTake */
                if
                :: HAS_WRITER(word) || word == UNRECOVERABLE || (SLOT(word) == 0 && (word & OWNER_DIED)) -> break
                :: else
                fi
            }
        fi
    od;
    ok = false
}

inline giveBack() {
    got = LOAD;
    do
    :: atomic { got == LOAD -> /* step: load */
            seen = word;
            assert(SLOT(seen) == me + 1);
            next = (seen & (OWNER_DIED | STARVING | WAITERS)); got = TAKE
        }
    :: atomic { got == TAKE -> /* step: compare and exchange */
            if
            :: word == seen -> word = next; inside = 0; got = ACQUIRED
            :: else -> got = LOAD
            fi
        }
    :: atomic { got == ACQUIRED -> /* step: wake */
            if
            :: seen & WAITERS -> futexWake(WORD, 1)
            :: else
            fi;
            seen = 0; next = 0; got = 0;
            break
        }
    od
}

/* ok: nobody reads, but this thread if own. Every look at a count is one step. */
inline areOnly(own) {
    next = 0;
    do
    :: atomic { next < PARTICIPANTS && count[next] == (next == me -> own : 0) -> next++ }
    :: atomic { next < PARTICIPANTS && count[next] != (next == me -> own : 0) -> ok = false; break }
    :: atomic { next == PARTICIPANTS -> ok = true; break }
    od;
    next = 0
}

/* LockWord.tryAcquire between two looks at the counts; got: ACQUIRED, REPAIRING, or LEFT_TIMED_OUT */
inline tryTake(own) {
    areOnly(own);
    got = (ok -> LOAD : LEFT_TIMED_OUT);
    do
    :: atomic { got == LOAD -> /* step: load */
            seen = word; next = (seen | (me + 1));
            got = (SLOT(seen) != 0 -> LEFT_TIMED_OUT : TAKE)
        }
    :: atomic { got == TAKE -> /* step: compare and exchange */
            if
            :: word == seen -> word = next; got = ((seen & OWNER_DIED) -> REPAIRING : ACQUIRED); ghostAcquired(); break
            :: else -> got = LOAD
            fi
        }
    :: atomic { got == LEFT_TIMED_OUT -> break }
    od;
    atomic { seen = 0; next = 0; ok = false }
    if
    :: got != LEFT_TIMED_OUT ->
#ifndef BUG_TRY_LOOKS_ONCE
        acquired = got;
        areOnly(own);
        if
        :: !ok -> giveBack(); got = LEFT_TIMED_OUT
        :: else -> got = acquired
        fi;
        atomic { acquired = 0; ok = false }
#endif
    :: else
    fi
}

/* A writer has the word, and waits until nobody reads. got: as acquire left it, or LEFT_TIMED_OUT */
inline drained() {
    atomic { acquired = got; got = LOAD }
    do
    :: got == LOAD ->
#ifdef BUG_DRAIN_IS_READ_LAST
        areOnly(0);
        atomic { seen = drain; got = (ok -> ACQUIRED : QUEUE) }
#else
        seen = drain; /* step: load */
        areOnly(0);
        got = (ok -> ACQUIRED : QUEUE)
#endif
    :: atomic { got == ACQUIRED -> got = acquired; break }
    :: atomic { got == QUEUE -> futexQueue(DRAIN, drain, seen); got = (ok -> ASLEEP : LOAD); seen = 0 } /* step: FUTEX_WAIT compares and queues */
    :: atomic { got == ASLEEP && AWAKE -> got = LOAD } /* step: woken */
    :: atomic { got == ASLEEP && MAY_STOP -> /* step: no longer waiting */
            timeouts++; stopWaiting();
            if
            :: got = LOAD
            :: got = LEFT_TIMED_OUT; break
            fi
        }
    od;
    if
    :: got == LEFT_TIMED_OUT -> giveBack(); got = LEFT_TIMED_OUT
    :: else
    fi;
    atomic { acquired = 0; forget() }
}

/* What a writer does with the lock: it repairs or not what a dead one left, and changes something in two steps. */
inline write() {
    assert(!ANY(OTHER_READER));
    if
    :: got == REPAIRING -> dirty = false; markConsistent(word)
    :: true /* also REPAIRING: it gives up */
    fi;
    dirty = true;
    atomic { assert(!ANY(OTHER_READER)); dirty = false }
}

proctype Participant(byte me) {
    byte seen, next, got, acquired, round;
    bool ok, slept, deferred, starving, passes;
    {
        do
        :: round < ROUNDS ->
            round++;
            if
            :: read();
                if
                :: got == ACQUIRED ->
                    if
                    :: true
#ifdef CHANGING_SIDES
                    :: tryTake(1); /* tryUpgrade */
                        if
                        :: got != LEFT_TIMED_OUT -> write(); release(WORD, word)
                        :: else
                        fi
#endif
                    fi;
                    leaveRead()
                :: else
                fi
            :: if
                :: acquire(WORD, word, true);
                    if
                    :: got == ACQUIRED || got == REPAIRING -> drained()
                    :: else
                    fi
                :: tryTake(0)
                fi;
                if
                :: got == ACQUIRED || got == REPAIRING ->
                    write();
                    if
                    :: release(WORD, word)
#ifdef CHANGING_SIDES
                    :: atomic { !(word & OWNER_DIED) -> skip }
                        enter();
                        assert(ok);
                        ok = false;
                        release(WORD, word);
                        leaveRead()
#endif
                    fi
                :: else
                fi
            fi;
            got = 0
        :: else -> break
        od;
        atomic { assert(SLOT(word) != me + 1 && count[me] == 0); leave(); round = 0; got = 0 }
    } unless { atomic { killed[me] -> forget(); got = 0; round = 0; acquired = 0; passes = 0; reading[me] = 0 } }
}

init {
    start()
}
