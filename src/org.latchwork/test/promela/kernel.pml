/*
 * What the kernel does for every model: futex queues, death, and the lock on a participant's byte.
 *
 * A step of a participant is one access to shared memory or one system call. Between any two steps it may be killed: the body of each
 * thread stands in { ... } unless { killed[me] }, and the escape goes before every step. Killing is one step, since nothing that a dying
 * process does on its way can be seen, but that it leaves the queues and that its bytes are let go, after its last instruction.
 *
 * A participant has one thread that works and one, its sentinel, that recovers the dead. They die together. Where THREADS is one more than
 * PARTICIPANTS, participant 0 has another that works.
 *
 * Bounds: PARTICIPANTS, DEATHS (in all), ROUNDS (per thread), TIMEOUTS (waits that end without a wake, in all).
 */
#ifndef PARTICIPANTS
#define PARTICIPANTS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 1
#endif

#ifndef THREADS
#define THREADS PARTICIPANTS
#endif

#define ALL THREADS /* FUTEX_WAKE's INT_MAX */

chan queue[WORDS] = [THREADS] of { byte }; /* who sleeps on which word, first come first served */
byte waitsOn[THREADS];                          /* the word that it sleeps on + 1; 0: awake */
byte timeouts;
byte deaths;
bool killed[PARTICIPANTS];
bool done[PARTICIPANTS];   /* the working threads have come to their end */
bool busy[PARTICIPANTS];   /* the sentinel is at work */

hidden byte k_count;
hidden byte k_who;

/*
 * FUTEX_WAIT, first half: comparing and queueing is one step, under the lock of the kernel's queue. ok: it sleeps now; else EAGAIN. The second
 * half is one of AWAKE (woken) and MAY_STOP (a deadline, an interrupt, or no reason at all), with stopWaiting.
 */
inline futexQueue(w, word, expected) {
    ok = (word == (expected));
    if
    :: ok -> queue[w]!me; waitsOn[me] = (w) + 1
    :: else
    fi
}

#define AWAKE (waitsOn[me] == 0)
#define MAY_STOP (waitsOn[me] != 0 && timeouts < TIMEOUTS)

inline stopWaiting() {
    queue[waitsOn[me] - 1]??eval(me);
    waitsOn[me] = 0
}

/* FUTEX_WAKE */
inline futexWake(w, n) {
    d_step {
        k_count = 0;
        do
        :: k_count < (n) && len(queue[w]) > 0 -> queue[w]?k_who; waitsOn[k_who] = 0; k_count++
        :: else -> break
        od;
        k_count = 0; k_who = 0
    }
}

/* FUTEX_CMP_REQUEUE with nothing to wake; ok: the word was as expected */
inline futexRequeue(w, word, expected, n, target) {
    d_step {
        if
        :: word == (expected) ->
            k_count = 0;
            do
            :: k_count < (n) && len(queue[w]) > 0 ->
                queue[w]?k_who; queue[target]!k_who; waitsOn[k_who] = (target) + 1; k_count++
            :: else -> break
            od;
            ok = true
        :: else -> ok = false
        fi;
        k_count = 0; k_who = 0
    }
}

/* --- participants' slots (participant.state) and bytes --- */

#define SLOT_FREE 0
#define SLOT_LIVE 1
#define SLOT_RECOVERING 2

byte slotState[PARTICIPANTS];
byte byteOf[PARTICIPANTS]; /* who holds the lock on the slot's byte + 1; 0: nobody */

/* SIGKILL, and all that the kernel does about it. */
inline kill(victim) {
    d_step {
        killed[victim] = true;
        if
        :: waitsOn[victim] != 0 -> queue[waitsOn[victim] - 1]??eval(victim); waitsOn[victim] = 0
        :: else
        fi;
#if THREADS > PARTICIPANTS
        if
        :: victim == 0 && waitsOn[PARTICIPANTS] != 0 -> queue[waitsOn[PARTICIPANTS] - 1]??eval(PARTICIPANTS); waitsOn[PARTICIPANTS] = 0
        :: else
        fi;
#endif
        k_who = 0;
        do
        :: k_who < PARTICIPANTS ->
            if
            :: byteOf[k_who] == victim + 1 -> byteOf[k_who] = 0
            :: else
            fi;
            k_who++
        :: else -> break
        od;
        k_who = 0;
        deaths++ /* last: victim may be made of it */
    }
}

/* Who is not there yet does not die: nobody would know of it. */
#define MAY_DIE(i) (!killed[i] && (slotState[i] == SLOT_LIVE && !done[i] || busy[i]))

/*
 * Kills when it likes. Where participants are alike until they choose, the first to die is 0 and the second 1 without loss of generality; where they
 * are not, the model defines UNLIKE. Who has left and recovers nobody is no longer of interest.
 */
active proctype Killer() {
end:
    do
#ifdef UNLIKE
    :: atomic { deaths < DEATHS && MAY_DIE(0) -> kill(0) }
    :: atomic { deaths < DEATHS && MAY_DIE(1) -> kill(1) }
#if PARTICIPANTS > 2
    :: atomic { deaths < DEATHS && MAY_DIE(2) -> kill(2) }
#endif
#else
    :: atomic { deaths < DEATHS && MAY_DIE(deaths) -> kill(deaths) }
#endif
    od
}

/* --- when nothing goes on by itself: no more than a death or the end of a wait can be still to come --- */

bool pauses[THREADS]; /* its wait ends by itself */

#define WAITS(t) (waitsOn[t] != 0 && !pauses[t])

#if THREADS > PARTICIPANTS
bool ended[THREADS]; /* it has come to its end, and the participant's other thread goes on */
#define WORKS_NOT(i) ((WAITS(i) || ended[i]) && (i != 0 || WAITS(PARTICIPANTS) || ended[PARTICIPANTS]))
#define SLEEPS(i) (waitsOn[i] != 0 || (i == 0 && waitsOn[PARTICIPANTS] != 0))
#else
#define WORKS_NOT(i) WAITS(i)
#define SLEEPS(i) (waitsOn[i] != 0)
#endif

#define STILL(i) ((killed[i] || done[i] || WORKS_NOT(i)) && !busy[i])
#define UNRECOVERED(i) (slotState[i] != SLOT_FREE && byteOf[i] == 0)

#if PARTICIPANTS > 3
#define EACH(p) (p(0) && p(1) && p(2) && p(3))
#define ANY(p) (p(0) || p(1) || p(2) || p(3))
#elif PARTICIPANTS > 2
#define EACH(p) (p(0) && p(1) && p(2))
#define ANY(p) (p(0) || p(1) || p(2))
#else
#define EACH(p) (p(0) && p(1))
#define ANY(p) (p(0) || p(1))
#endif

/* Who sleeps looks for the dead. */
#define STANDSTILL (EACH(STILL) && !(ANY(SLEEPS) && ANY(UNRECOVERED)))
