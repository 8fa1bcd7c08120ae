/*
 * The lock word, with the bits of latchwork.h but for a narrower slot and no thread: the mutex, the condition's mutex and the writers' side
 * of the read-write lock are made of it.
 *
 * Who includes it defines WORDS, and calls with w, the word's number for the kernel, and word, the word itself. Each comment "step" below
 * is one access. A thread that uses this has the locals seen, next, got, ok, slept, deferred, starving.
 */
#define SLOT_MASK 7
#define STARVING 8
#define OWNER_DIED 16
#define WAITERS 32
#define UNRECOVERABLE 23 /* OWNER_DIED and a slot that nobody has */

#define SLOT(v) ((v) & SLOT_MASK)

/* How acquire ends. */
#define ACQUIRED 1
#define REPAIRING 2      /* acquired, and the previous owner died */
#define LEFT_OWNER_DIED 3 /* not acquired: the previous owner died, and the caller repairs nothing */
#define LEFT_UNRECOVERABLE 4
#define LEFT_TIMED_OUT 5

/* Which step of acquire is next. */
#define LOAD 0
#define TAKE 11
#define MARK 12
#define QUEUE 13
#define ASLEEP 14
#define DEFER 15
#define DEFERRING 16

#ifdef NO_STARVING
#define MAY_STARVE skip
#else
#define MAY_STARVE starving = true
#endif

/* --- what the model knows and the lock does not --- */

byte inside;      /* who has the lock + 1 */
bool dirty;       /* what it guards is half changed */
bool ownerDied;   /* somebody died with it, and nobody has said that all is well */
bool lost;        /* it was given up as unrecoverable */

#define IN(s) (inside == (s) + 1)

inline ghostAcquired() {
    assert(!lost);
    assert(inside == 0 || killed[inside - 1]); /* mutual exclusion */
    ownerDied = ownerDied || inside != 0;
    assert(got == (ownerDied -> REPAIRING : ACQUIRED)); /* a death is told to the next owner, and only a death */
    assert(!dirty || got == REPAIRING);
    inside = me + 1
}

/*
 * slept says whether the caller may have taken somebody's wake (a condition's waiter has). mayLeave: it may time out, and may refuse to repair.
 * Every branch of the loop is one step.
 */
inline acquire(w, word, mayLeave) {
    got = LOAD;
    do
    :: atomic { got == LOAD -> /* step: load */
            seen = word; next = seen;
            if
            :: seen == UNRECOVERABLE -> got = LEFT_UNRECOVERABLE
            :: seen != UNRECOVERABLE && SLOT(seen) != 0 ->
                next = (seen | WAITERS | (starving * STARVING));
                got = (next != seen -> MARK : QUEUE)
            :: SLOT(seen) == 0 && (seen & OWNER_DIED) && mayLeave -> got = LEFT_OWNER_DIED
            :: SLOT(seen) == 0 && (seen & STARVING) && !slept && !deferred -> got = DEFER
            :: SLOT(seen) == 0 && !((seen & STARVING) && !slept && !deferred) ->
                next = ((me + 1) | (seen & (OWNER_DIED | WAITERS)) | (slept * WAITERS)
                    | ((starving || deferred) -> 0 : (seen & STARVING)));
                got = TAKE
            fi
        }
    :: atomic { got == TAKE -> /* step: compare and exchange */
            if
            :: word == seen ->
                word = next; got = ((seen & OWNER_DIED) -> REPAIRING : ACQUIRED); ghostAcquired()
            :: else -> got = LOAD
            fi
        }
    :: atomic { got == MARK -> /* step: compare and exchange */
            if
            :: word == seen -> word = next; got = QUEUE
            :: else -> got = LOAD
            fi
        }
    :: atomic { got == QUEUE -> /* step: FUTEX_WAIT compares and queues */
            futexQueue(w, word, next);
            got = (ok -> ASLEEP : LOAD)
        }
    :: atomic { got == ASLEEP && AWAKE -> /* step: woken */
            slept = true; got = LOAD;
            if
            :: MAY_STARVE /* it has waited for more than a millisecond, or */
            :: skip       /* not yet */
            fi
        }
    :: atomic { got == ASLEEP && MAY_STOP -> /* step: no longer waiting */
            timeouts++; stopWaiting(); slept = true;
            if
            :: got = LOAD
            :: mayLeave -> got = LEFT_TIMED_OUT
            fi
        }
    :: atomic { got == DEFER -> /* step: FUTEX_WAIT for a millisecond at most compares and queues */
            futexQueue(w, word, seen);
            deferred = true;
            got = (ok -> DEFERRING : LOAD)
        }
    :: atomic { got == DEFERRING -> /* step: woken or no longer waiting; it may have had a wake, like any sleeper */
            if
            :: waitsOn[me] != 0 -> stopWaiting()
            :: else
            fi;
#ifndef BUG_DEFERRED_DID_NOT_SLEEP
            slept = true;
#endif
            got = LOAD
        }
    :: atomic { got >= LEFT_OWNER_DIED && got <= LEFT_TIMED_OUT -> /* step: the wake that it may have had goes to the next */
            if
            :: slept -> futexWake(w, 1)
            :: else
            fi;
            break
        }
    :: atomic { got == ACQUIRED || got == REPAIRING -> break }
    od;
    forget()
}

/* So that states which differ in nothing that matters are one. */
inline forget() {
    d_step { seen = 0; next = 0; ok = 0; slept = 0; deferred = 0; starving = 0 }
}

inline release(w, word) {
    got = LOAD;
    do
    :: atomic { got == LOAD -> /* step: load */
            seen = word;
            assert(SLOT(seen) == me + 1); /* nobody took it from a live one */
            next = ((seen & OWNER_DIED) -> UNRECOVERABLE : ((seen & STARVING) -> (STARVING | WAITERS) : 0));
            got = TAKE
        }
    :: atomic { got == TAKE -> /* step: compare and exchange */
            if
            :: word == seen -> word = next; lost = (next == UNRECOVERABLE); inside = 0; got = ACQUIRED
            :: else -> got = LOAD
            fi
        }
    :: atomic { got == ACQUIRED -> /* step: wake */
            if
            :: next == UNRECOVERABLE -> futexWake(w, ALL)
#ifndef BUG_NO_WAKE
            :: next != UNRECOVERABLE && (seen & WAITERS) -> futexWake(w, 1)
#endif
            :: else
            fi;
            seen = 0; next = 0; got = 0;
            break
        }
    od
}

inline markConsistent(word) {
    got = LOAD;
    do
    :: atomic { got == LOAD -> seen = word; got = TAKE } /* step: load */
    :: atomic { got == TAKE -> /* step: compare and exchange */
            if
            :: word == seen -> word = seen & ~OWNER_DIED; ownerDied = false; break
            :: else -> got = LOAD
            fi
        }
    od
}

/*
 * What a recoverer of slot s does to one word, and whose it is. The wake comes whatever the bits say: one killed between its exchange and its
 * wake has left no mark.
 */
inline recoverWord(w, word, s) {
    do
    :: atomic { /* step: load */
            seen = word;
            if
            :: SLOT(seen) != s + 1 -> break /* so is UNRECOVERABLE */
            :: else
            fi
        }
        d_step { /* step: compare and exchange */
            if
            :: word == seen -> word = OWNER_DIED | (seen & (WAITERS | STARVING)); assert(killed[s])
            :: else
            fi
        }
    od;
#ifndef BUG_RECOVERY_WITHOUT_WAKE
    futexWake(w, 1) /* step: wake */
#endif
}
