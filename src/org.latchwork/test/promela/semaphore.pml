/*
 * The semaphore: Semaphore's takeIfFree, acquire, handOn, release, recovery. One word: free permits | MANY | WAITERS.
 *
 * It recovers no permits, but nobody sleeps beside free ones. Each participant acquires one or MANY_PERMITS, ROUNDS times, and releases them at
 * once, or one after the other, or some, or none.
 * Checked: permits are neither made nor lost; at the end nobody sleeps beside as many free permits as it wants.
 *
 * Not here, since each is a part of what is: tryAcquire, an acquire that leaves before its first wait; drainPermits, one that wants what is
 * free. Nor is release(0), which does nothing, and the limit of permits.
 */
#define WORDS 1

#ifndef PERMITS
#define PERMITS 2
#endif
#ifndef MANY_PERMITS
#define MANY_PERMITS 2
#endif

#ifdef ONE_NEEDS_MANY /* fewer states: participant 0 alone acquires more than one */
#define UNLIKE
#define MAY_NEED_MANY (me == 0)
#else
#define MAY_NEED_MANY true
#endif
#include "kernel.pml"

#define FREE 31
#define MANY 64
#define WAITERS 128

/* How acquire ends. */
#define ACQUIRED 1
#define LEFT_TIMED_OUT 2

/* Which step is next. */
#define LOAD 0
#define TAKE 11
#define LOOK 12
#define MARK 13
#define QUEUE 14
#define ASLEEP 15
#define HAND_ON 16
#define WAKE 17
#define UNMARK 18

#ifdef BUG_LEAVER_KEEPS_THE_WAKE
#define LEAVES LEFT_TIMED_OUT
#else
#define LEAVES HAND_ON
#endif

byte word = PERMITS;

/* --- what the model knows and the semaphore does not --- */

byte held[PARTICIPANTS];
byte wants[PARTICIPANTS]; /* 0: it waits for nothing */

#if PARTICIPANTS > 3
#define HELD (held[0] + held[1] + held[2] + held[3])
#elif PARTICIPANTS > 2
#define HELD (held[0] + held[1] + held[2])
#else
#define HELD (held[0] + held[1])
#endif

inline conserved() {
    assert((word & FREE) + HELD == PERMITS)
}

inline recover(s) {
#ifdef BUG_RECOVERY_WITHOUT_WAKE
    skip
#elif defined(BUG_RECOVERY_WAKES_ONE)
    futexWake(0, 1)
#else
    futexWake(0, ALL) /* step: wake */
#endif
}

#define WELL(i) (killed[i] || done[i] || (waitsOn[i] != 0 && (word & FREE) < wants[i]))

#include "sentinel.pml"

inline forget() {
    d_step { seen = 0; next = 0; ok = 0; slept = 0 }
}

/* Every branch of the loop is one step. */
inline acquire(n) {
    atomic { got = LOAD; wants[me] = n }
endAcquire:
    do
    :: atomic { got == LOAD -> /* step: load, in takeIfFree */
            seen = word;
            if
            :: (seen & FREE) >= n -> next = ((seen - n) | (slept * WAITERS)); got = TAKE
            :: else -> seen = 0; got = LOOK
            fi
        }
    :: atomic { got == TAKE -> /* step: compare and exchange, in takeIfFree */
            if
            :: word == seen ->
                word = next; held[me] = held[me] + n; wants[me] = 0; conserved();
                ok = true;
                got = ((slept && (seen & FREE) > n) -> HAND_ON : ACQUIRED)
            :: else -> got = LOAD
            fi;
            seen = 0; next = 0
        }
    :: atomic { got == LOOK -> /* step: load */
            seen = word;
            if
            :: (seen & FREE) >= n -> seen = 0; got = LOAD
            :: else ->
                next = (seen | WAITERS | (n > 1 -> MANY : 0));
                got = (next == seen -> QUEUE : MARK)
            fi
        }
    :: atomic { got == MARK -> /* step: compare and exchange */
            if
            :: word == seen -> word = next; got = QUEUE
            :: else -> next = 0; got = LOAD
            fi;
            seen = 0
        }
    :: atomic { got == QUEUE -> /* step: FUTEX_WAIT compares and queues */
            futexQueue(0, word, next); got = (ok -> ASLEEP : LOAD); seen = 0; next = 0; ok = 0
        }
    :: atomic { got == ASLEEP && AWAKE -> slept = true; got = LOAD } /* step: woken */
    :: atomic { got == ASLEEP && MAY_STOP -> /* step: no longer waiting */
            timeouts++; stopWaiting(); slept = true;
            if
            :: got = LOAD
            :: got = LEAVES; wants[me] = 0
            fi
        }
    :: atomic { got == ASLEEP && AWAKE && timeouts < TIMEOUTS -> /* step: woken, and leaves all the same, with a wake that was another's */
            timeouts++; slept = true; got = LEAVES; wants[me] = 0
        }
    :: atomic { got == HAND_ON -> seen = word; got = WAKE } /* step: load */
    :: atomic { got == WAKE -> /* step: wake */
            if
            :: seen & MANY -> futexWake(0, ALL)
            :: else -> futexWake(0, 1)
            fi;
            got = (ok -> ACQUIRED : LEFT_TIMED_OUT)
        }
    :: atomic { got == ACQUIRED || got == LEFT_TIMED_OUT -> break }
    od;
    forget()
}

inline release(n) {
    got = LOAD;
    do
    :: atomic { got == LOAD -> /* step: load */
            seen = word;
            next = ((seen & MANY) -> (seen & FREE) + n : seen + n);
            got = TAKE
        }
    :: atomic { got == TAKE -> /* step: compare and exchange */
            if
            :: word == seen -> word = next; held[me] = held[me] - n; conserved(); got = WAKE
            :: else -> got = LOAD
            fi
        }
    :: atomic { got == WAKE -> /* step: wake */
            ok = (len(queue[0]) == 0); /* it wakes nobody */
            if
#ifdef BUG_MANY_IS_FORGOTTEN
            :: seen & WAITERS -> futexWake(0, n)
#else
            :: (seen & WAITERS) && (seen & MANY) -> futexWake(0, ALL)
            :: (seen & WAITERS) && !(seen & MANY) -> futexWake(0, n)
#endif
            :: else
            fi;
            if
            :: (seen & WAITERS) && !(seen & MANY) && ok -> got = UNMARK
            :: else -> break
            fi
        }
    :: atomic { got == UNMARK -> /* step: compare and exchange */
            if
            :: word == next -> word = next & ~WAITERS
            :: else
            fi;
            break
        }
    od;
    atomic { got = 0; forget() }
}

proctype Participant(byte me) {
    byte seen, next, got, round, n;
    bool ok, slept;
    {
        do
        :: round < ROUNDS ->
            atomic {
                round++;
                if
                :: n = 1
                :: MAY_NEED_MANY -> n = MANY_PERMITS
                fi
            }
            acquire(n);
            if
            :: got == ACQUIRED ->
                do
                :: held[me] > 0 ->
                    if
                    :: n = held[me]
                    :: n = 1
                    fi;
                    release(n)
                :: break /* the rest stays taken */
                od
            :: else
            fi
        :: else -> break
        od;
        atomic { leave(); round = 0; got = 0; n = 0 }
    } unless { atomic { killed[me] -> forget(); got = 0; round = 0; n = 0 } }
}

init {
    start()
}
