/*
 * The robust semaphore: RobustSemaphore's take, enter, release, waiting, recovery. Every permit is a participant's, and comes back when it dies.
 *
 * state    one word: {free, operator = slot + 1, held, tag}: the last operation, whole. operator is 0 before the first.
 * cell     one word per participant: {count, ATTACHED, tag}
 * wake     one word: a sequence, and WAITERS
 *
 * Each thread acquires 1 or as many as PERMITS, releases all, one or none, ROUNDS times. Its participant then leaves, which gives the rest back, and
 * comes again into the same slot, which goes on with its tag, LIVES times in all. THREADS: participant 0 can have a second thread, in the same slot.
 * Checked: at each operation, what is free and what the state and the cells say of each participant is what it really has; nobody's release is
 * refused; who has left, or died and been recovered, has nothing; nobody sleeps beside permits that are free, and every survivor comes to its end.
 *
 * What is left out:
 * - goOn, the fast path: one attempt of take, whose failure has no effect.
 * - A look at the state that finds it changed ends in "start again" at once. In Java, whoever has seen it changed goes on to a compare-and-exchange
 *   of the state, which fails, since no state comes twice.
 * - Tags that wrap. Within the bounds none does (asserted), so no state and no cell comes twice. What is assumed away: that a thread is stopped,
 *   between its look at a cell or the state and its compare-and-exchange, while the participant concerned has TAGS operations, or a multiple of that,
 *   and comes to the same counts. With WRAP the tags are counted modulo TAGS instead.
 */
#define WORDS 1
#ifdef THREADS
#define UNLIKE
#endif
#include "kernel.pml"

#ifndef PERMITS
#define PERMITS 2 /* 3 at most */
#endif
#ifndef LIVES
#define LIVES 1
#endif
#ifndef TAGS
#define TAGS 32
#endif

/* free: 2 bits, operator: 2 bits, held: 2 bits, tag: 5 bits */
#define STATE(f, o, h, t) ((f) | ((o) << 2) | ((h) << 4) | (((t) % TAGS) << 6))
#define FREE(v) ((v) & 3)
#define OPERATOR(v) (((v) >> 2) & 3)
#define HELD(v) (((v) >> 4) & 3)
#define TAG(v) ((v) >> 6)

/* count: 2 bits, ATTACHED, tag: 5 bits */
#define ATTACHED 4
#define COUNT(c) ((c) & 3)
#define CELL_TAG(c) ((c) >> 3)
#define ENTERED(v) (HELD(v) | (TAG(v) << 3)) /* what the cell is when the state v is entered */

#define WAITERS 1
#define STEP 2

/* What is done. */
#define ACQUIRE 1
#define RELEASE 2
#define RECOVER 3

/* How it ends. */
#define FINISHED 1
#define LEFT_TIMED_OUT 2

/* Which step is next. */
#define LOAD 0
#define ENTER 11
#define CHECK 12
#define COPY 13
#define OWN 14
#define TAKE 15
#define WAIT 17
#define MARK 18
#define QUEUE 19
#define ASLEEP 20
#define NOTICE 21
#define CLEAR 22
#define ADD 23
#define WAKE 24

short state = PERMITS;
byte cell[PARTICIPANTS];
byte wake;

/* --- what the model knows and the semaphore does not --- */

byte holds[PARTICIPANTS]; /* what each one really has */

#define SAID(i) (OPERATOR(state) == (i) + 1 -> HELD(state) : COUNT(cell[i]))
#define SAYS_SO(i) (SAID(i) == holds[i])

#if PARTICIPANTS > 2
#define ALL_HOLD (holds[0] + holds[1] + holds[2])
#else
#define ALL_HOLD (holds[0] + holds[1])
#endif

inline conserved() {
    assert(FREE(state) + ALL_HOLD == PERMITS && EACH(SAYS_SO))
}

#define SLOT_OF(t) ((t) == PARTICIPANTS -> 0 : (t))

#ifdef BUG_TAG_ALONE
#define IS_ENTERED(c, v) (CELL_TAG(c) == TAG(v))
#else
#define IS_ENTERED(c, v) (((c) & ~ATTACHED) == ENTERED(v))
#endif

#ifdef BUG_STATE_NOT_CHECKED
#define BEFORE_COPY COPY
#else
#define BEFORE_COPY CHECK
#endif

#ifdef BUG_NOT_ENTERED
#define GOES_ON(k) true
#else
#define GOES_ON(k) (OPERATOR(seen) == 0 || (OPERATOR(seen) == slot + 1 && k != RECOVER))
#endif

/* Which step follows the look at the state, when it is entered if it has to be. */
#define OF (OPERATOR(seen) == slot + 1 -> TAKE : OWN)

/*
 * One operation of the participant in the slot, or of its recoverer; every branch is one step. marked: the thread has looked for the mark of
 * waiters, and looks at the state again before it sleeps.
 */
inline operate(kind, slot, n) {
    got = LOAD;
    do
    :: atomic { got == LOAD -> /* step: load the state */
            seen = state;
            if
            :: kind == ACQUIRE && FREE(seen) < (n) -> seen = 0; got = (marked -> QUEUE : WAIT)
            :: else -> got = (GOES_ON(kind) -> OF : ENTER); own = (got == TAKE -> seen : 0)
            fi
        }
    :: atomic { got == ENTER -> /* step: load the operator's cell */
            c = cell[OPERATOR(seen) - 1];
            if
            :: IS_ENTERED(c, seen) -> c = 0; got = OF; own = (got == TAKE -> seen : 0)
            :: else -> got = BEFORE_COPY
            fi
        }
    :: atomic { got == CHECK -> /* step: load the state */
            got = (state == seen -> COPY : LOAD);
            if
            :: got == LOAD -> seen = 0; c = 0
            :: else
            fi
        }
    :: atomic { got == COPY -> /* step: compare and exchange the operator's cell */
            if
            :: cell[OPERATOR(seen) - 1] == c ->
                cell[OPERATOR(seen) - 1] = ENTERED(seen) | (c & ATTACHED); got = OF; own = (got == TAKE -> seen : 0)
            :: else -> got = ENTER
            fi;
            c = 0
        }
    :: atomic { got == OWN -> /* step: load the participant's own cell */
            own = STATE(FREE(seen), slot + 1, COUNT(cell[slot]), CELL_TAG(cell[slot])); got = TAKE
        }
    :: atomic { got == TAKE && kind == RELEASE && HELD(own) < (n) -> /* step: load the state */
            assert(state != seen); /* or the release is refused */
            seen = 0; own = 0; got = LOAD
        }
    :: atomic { got == TAKE && kind == RECOVER && HELD(own) == 0 -> /* step: load the state */
            got = (state == seen -> ADD : LOAD); seen = 0; own = 0
        }
    :: atomic { got == TAKE && !(kind == RELEASE && HELD(own) < (n)) && !(kind == RECOVER && HELD(own) == 0) -> /* step: compare and exchange the state */
            if
            :: state == seen ->
#ifndef WRAP
                assert(TAG(own) + 1 < TAGS);
#endif
                if
                :: kind == ACQUIRE -> state = STATE(FREE(own) - (n), slot + 1, HELD(own) + (n), TAG(own) + 1); holds[slot] = holds[slot] + (n); got = FINISHED
                :: kind == RELEASE -> state = STATE(FREE(own) + (n), slot + 1, HELD(own) - (n), TAG(own) + 1); holds[slot] = holds[slot] - (n); got = NOTICE
                :: kind == RECOVER -> state = STATE(FREE(own) + HELD(own), slot + 1, 0, TAG(own) + 1); holds[slot] = 0; got = LOAD
                fi;
                conserved()
            :: else -> got = LOAD
            fi;
            seen = 0; own = 0
        }
    :: atomic { got == WAIT -> /* step: load */
            heard = wake;
            got = ((heard & WAITERS) -> LOAD : MARK); marked = (got == LOAD)
        }
    :: atomic { got == MARK -> /* step: compare and exchange */
            if
            :: wake == heard -> wake = heard | WAITERS; heard = wake; marked = true
            :: else -> heard = 0
            fi;
#ifdef BUG_NO_SECOND_LOOK
            got = (marked -> QUEUE : LOAD)
#else
            got = LOAD
#endif
        }
    :: atomic { got == QUEUE -> /* step: FUTEX_WAIT compares and queues */
            futexQueue(0, wake, heard); got = (ok -> ASLEEP : LOAD); marked = false; heard = 0; ok = false
        }
    :: atomic { got == ASLEEP && AWAKE -> got = LOAD } /* step: woken */
    :: atomic { got == ASLEEP && MAY_STOP -> /* step: no longer waiting */
            timeouts++; stopWaiting();
            if
            :: got = LOAD
            :: got = LEFT_TIMED_OUT
            fi
        }
    :: atomic { got == NOTICE -> /* step: load */
            heard = wake;
            got = ((heard & WAITERS) -> CLEAR : FINISHED)
        }
    :: atomic { got == CLEAR -> /* step: compare and exchange */
            if
            :: wake == heard -> wake = (heard + STEP) & ~WAITERS; got = WAKE
            :: else -> got = NOTICE
            fi;
            heard = 0
        }
    :: atomic { got == ADD -> /* step: add */
#ifndef BUG_RECOVERY_CHANGES_NOTHING
            wake = wake + STEP;
#endif
            got = WAKE
        }
    :: atomic { got == WAKE -> /* step: wake */
            futexWake(0, ALL);
            got = FINISHED
        }
    :: atomic { got == FINISHED || got == LEFT_TIMED_OUT -> forget(); break }
    od
}

/* So that states which differ in nothing that matters are one. */
inline forget() {
    d_step { seen = 0; own = 0; c = 0; heard = 0; marked = 0; ok = 0 }
}

/* What the region does of it: recovers the object, if the participant is attached to it, and detaches it. Count and tag are left to the type. */
inline recoverSlot(s) {
    if
    :: atomic { cell[s] & ATTACHED -> skip } /* step: load */
        operate(RECOVER, s, 0);
#ifdef BUG_CELL_CLEARED
        cell[s] = 0
#else
        cell[s] = cell[s] & ~3; /* step: store the count alone */
        cell[s] = cell[s] & ~ATTACHED /* step: and */
#endif
    :: atomic { !(cell[s] & ATTACHED) -> skip }
    fi;
    got = 0
}

#define RECOVERER_LOCALS short seen, own; byte c, heard, got; bool marked, ok
#define recovererForgets() got = 0; forget()
#define recover(s) recoverSlot(s)

/* A slot that nobody is left to recover keeps its permits. */
#define EMPTY(i) (slotState[i] != SLOT_FREE || (holds[i] == 0 && SAID(i) == 0 && COUNT(cell[i]) == 0))
#define WELL(i) ((killed[i] || done[i]) && EMPTY(i))

#include "sentinel.pml"


/* Whether it may keep what it has: nobody of its participant waits for it later. */
#define KEEPS (round == ROUNDS && (SLOT_OF(me) != 0 || THREADS == PARTICIPANTS))

proctype Participant(byte me) {
    short seen, own;
    byte c, heard, got, round, n, life;
    bool marked, ok;
    {
        do
        :: life < LIVES ->
            cell[SLOT_OF(me)] = cell[SLOT_OF(me)] | ATTACHED; /* step: or */
            do
            :: atomic {
                    round < ROUNDS ->
                    round++;
                    if
                    :: n = 1
                    :: PERMITS > 1 -> n = PERMITS
                    fi
                }
                operate(ACQUIRE, SLOT_OF(me), n);
                atomic {
                    if
                    :: got == FINISHED
                    :: got == FINISHED && n > 1 && KEEPS -> n = 1
                    :: got == FINISHED && KEEPS -> n = 0
                    :: got == LEFT_TIMED_OUT -> n = 0
                    fi;
                    got = 0
                }
                if
                :: n > 0 -> operate(RELEASE, SLOT_OF(me), n)
                :: else
                fi;
                atomic { n = 0; got = 0 }
            :: atomic { round == ROUNDS -> break }
            od;
            atomic {
                round = 0; life++;
                if
#if THREADS > PARTICIPANTS
                :: SLOT_OF(me) == 0 && !ended[PARTICIPANTS - me] -> ended[me] = true; life = 0; break
                :: SLOT_OF(me) != 0 || ended[PARTICIPANTS - me]
#else
                :: true
#endif
                fi
            }
            recover(SLOT_OF(me));
            atomic {
                if
                :: life < LIVES -> slotState[SLOT_OF(me)] = SLOT_FREE; byteOf[SLOT_OF(me)] = 0
                :: else -> slotState[SLOT_OF(me)] = SLOT_FREE; byteOf[SLOT_OF(me)] = 0; done[SLOT_OF(me)] = true; life = 0; break
                fi
            }
            atomic { slotState[SLOT_OF(me)] = SLOT_LIVE; byteOf[SLOT_OF(me)] = SLOT_OF(me) + 1 }
        :: else -> break
        od
    } unless { atomic { killed[SLOT_OF(me)] -> forget(); got = 0; round = 0; n = 0; life = 0 } }
}

init {
    atomic {
        start();
#if THREADS > PARTICIPANTS
        run Participant(PARTICIPANTS)
#endif
    }
}
